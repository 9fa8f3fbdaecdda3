#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# only=: writes made by the named libraries are protected, others are not.  A call that no
# wrapper saw has no known caller: it is not protected, and the log says so.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

plan skip_all => "a sanitizer's own wrappers are the callers" if sanitized();

my $probe = probe('option-only');

ok(died_by_sigpipe(run([ $probe, "library", "write" ])), "control: the library dies by SIGPIPE");
ok(died_by_sigpipe(run([ $probe, 'program', $_ ])), "control: the program dies by SIGPIPE ($_)")
    for qw(write dprintf syscall stdio);

# [PATTERNS, whether the library lives, whether the program lives]
my @cases = (
    [ 'libepipewriter.so', 1, 0 ],
    [ 'nothing*,libepipewriter*', 1, 0 ],
    [ 'option-only',     0, 1 ],
    [ 'nothing*', 0, 0 ],
    [ '*',        1, 1 ],
);
for my $case (@cases) {
    my ($patterns, $library, $program) = @$case;
    for my $how (qw(write dprintf syscall stdio)) {
        for my $who ([ 'library', $library ], [ 'program', $program ]) {
            my ($writer, $lives) = @$who;
            $lives &&= $how eq 'write' || $how eq 'dprintf';
            my $result = run([ epipe("--only=$patterns"), $probe, $writer, $how ]);
            ok($lives ? $result->{out} eq "$how: -1 EPIPE\n" : died_by_sigpipe($result),
                "--only=$patterns: $how by the $writer " . ($lives ? 'lives' : 'dies'))
                or diag(outcome($result));
        }
    }
}

for my $how (qw(syscall stdio)) {
    my $log = run([ epipe('--only=*', '--log=stderr'), $probe, 'library', $how ]);
    ok(died_by_sigpipe($log), "$how: dies of the unknown caller");
    like($log->{err}, qr/\A\S+ epipe\[\d+\]: option-only: thread \d+: SIGPIPE let through, as --only knows no caller: stdio or a raw call on descriptor \d+ [^\n]*\n\z/,
        "$how: which the log says");
}
is(run([ epipe('--only=nothing', '--log=stderr'), $probe, 'library', 'write' ])->{err}, '',
    'control: and only of an unknown one');

# Code that was made at run time is in no library.
SKIP: {
    my $made = run([ epipe(), probe('log-context'), 'made' ]);
    skip 'no such code for this architecture', 2 if $made->{exit} == 77;
    is($made->{out}, "made: ok\n", 'made code: lives (control)');
    ok(died_by_sigpipe(run([ epipe('--only=*'), probe('log-context'), 'made' ])), 'made code: no name names it');
}

# A list has its bound.
is(run([ epipe('--only=' . 'x' x 1023), 'true' ])->{exit}, 0, 'control: 1023 bytes are taken');
like(run([ epipe('--only=' . 'x' x 1024), 'true' ])->{err}, qr/^epipe: --only: 'x{1024}' is longer than 1023 bytes; it takes /, '1024 are not');

done_testing;
