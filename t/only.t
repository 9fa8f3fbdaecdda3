#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# only=: writes made by the named libraries are protected, others are not.  A call
# that no wrapper saw belongs to the first frame outside libc.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

plan skip_all => "a sanitizer's own wrappers are the callers" if sanitized();

my $probe = probe('only');

ok(died_by_sigpipe(run([ $probe, "library", "write" ])), "control: the library dies by SIGPIPE");
ok(died_by_sigpipe(run([ $probe, 'program', $_ ])), "control: the program dies by SIGPIPE ($_)")
    for qw(write dprintf syscall stdio);

# [PATTERNS, whether the library lives, whether the program lives]
my @cases = (
    [ 'libepipewriter.so', 1, 0 ],
    [ 'nothing*,libepipewriter*', 1, 0 ],
    [ 'only',     0, 1 ],
    [ 'nothing*', 0, 0 ],
    [ '*',        1, 1 ],
);
for my $case (@cases) {
    my ($patterns, $library, $program) = @$case;
    for my $how (qw(write dprintf syscall stdio)) {
        for my $who ([ 'library', $library ], [ 'program', $program ]) {
            my ($writer, $lives) = @$who;
            my $result = run([ epipe("--only=$patterns"), $probe, $writer, $how ]);
            ok($lives ? $result->{out} eq "$how: -1 EPIPE\n" : died_by_sigpipe($result),
                "--only=$patterns: $how by the $writer " . ($lives ? 'lives' : 'dies'))
                or diag(outcome($result));
        }
    }
}

# Code that was made at run time is in no library.
SKIP: {
    my $made = run([ epipe(), probe('aside'), 'made' ]);
    skip 'no such code for this architecture', 2 if $made->{exit} == 77;
    is($made->{out}, "made: ok\n", 'made code: lives (control)');
    ok(died_by_sigpipe(run([ epipe('--only=*'), probe('aside'), 'made' ])), 'made code: no name names it');
}

done_testing;
