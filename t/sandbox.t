#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# P2 where it matters most: under seccomp filters as daemons have them, which kill
# for any call that is not on their list.  Living writes need nothing but write;
# a broken one needs the return from a handler.  And under filters that refuse one call:
# what is lost with it is what the manual says, and nothing hangs.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $probe = probe('sandbox');
plan skip_all => 'a sanitizer makes calls of its own' if sanitized();
my $first = run([ $probe, 'chrony', 'living' ]);
plan skip_all => "seccomp filters are not to be had here: $first->{err}" if $first->{exit} == 90;

for my $filter (qw(openssh vsftpd chrony)) {
    my ($without, $with) = map { run([ @$_, $probe, $filter, 'living' ]) } [], [ epipe() ];
    is($without->{out}, "ok\n", "$filter: a living write (control)");
    is($with->{out}, "ok\n", "$filter: a living write") or diag(outcome($with));
}

dies_then_lives("$_: a broken write", [ $probe, $_, 'broken' ], qr/^ok$/) for qw(vsftpd chrony);

# OpenSSH forbids the return from any signal handler, so there is no help there:
# death by SIGSYS instead of death by SIGPIPE.
my ($without, $with) = map { run([ @$_, $probe, 'openssh', 'broken' ]) } [], [ epipe() ];
is($without->{signal}, 13, 'openssh: a broken write dies by SIGPIPE (control)');
is($with->{signal}, 31, 'openssh: it dies by SIGSYS, as the filter forbids rt_sigreturn');

# A filter that kills for fstat. A broken write is looked at where it may be one to what
# standard output or error is, and nowhere else.
my %where = (file => '>"$0"', pipe => '| cat >"$0"', both => '2>&1 | cat >"$0"');
for my $case (
    [ 'files at start',                    file => 'broken', 'lives' ],
    [ 'a pipe at start, and write',        pipe => 'broken', 'looks' ],
    [ 'a pipe at start, and send',         both => 'sent',   'lives' ],
    [ 'files at start, something put there', file => 'put', 'looks' ],
    [ 'a pipe at start, --keep=none',      pipe => 'broken', 'lives', '--keep=none' ],
) {
    my ($name, $where, $what, $how, @options) = @$case;
    my $end = sub {
        my $line = join ' ', map { quotemeta } @_, $probe, 'no-fstat', $what;
        my $file = scratch() . '/out';
        my $result = run([ 'bash', '-c', "exec 2>/dev/null; $line $where{$where}; echo \${PIPESTATUS[0]}", $file ]);
        return read_file($file) . $result->{out};
    };
    is($end->(), "141\n", "killed for fstat, $name (control)");
    is($end->(epipe(@options)), $how eq 'lives' ? "ok\n0\n" : "159\n", "killed for fstat, $name: $how");
}

# One call is refused after the start.
my @refused = qw(nothing sigaction sigprocmask fstat getsockname);
for my $call (@refused) {
    dies_then_lives("$call is refused: a broken write", [ $probe, $call, 'broken' ], qr/^ok$/);
    my ($without, $with) = map { standard_output(@$_, $probe, $call) } [], [ epipe() ];
    is($without, "141\n", "$call is refused: standard output (control)");
    is($with, $call eq 'sigaction' ? "ok\n0\n" : "141\n",
        "$call is refused: standard output " . ($call eq 'sigaction' ? 'fails with EPIPE' : 'kills'));
}

# What a write to a dead standard output comes to: what it says, and the exit status.
sub standard_output {
    my $line = join ' ', map { quotemeta } @_, 'kept';
    my $result = shell("$line | exec true; echo \${PIPESTATUS[0]}", limit => 20);
    return $result->{hung} ? 'hung' : "$result->{err}$result->{out}";
}

# Its line is lost where the mask cannot be changed, and the address where it cannot be asked for.
my $dir = scratch();
my %told = (nothing => qr/ \(socket:\[\d+\] unix unnamed\)/, getsockname => qr/ \(socket:\[\d+\]\)/, sigprocmask => undef);
for my $call (sort keys %told) {
    my $result = run([ epipe("--log=$dir/$call"), $probe, $call, 'broken' ]);
    is($result->{out}, "ok\n", "$call is refused: with a log it lives") or diag(outcome($result));
    my $text = read_file("$dir/$call");
    if (defined $told{$call}) { like($text, $told{$call}, "$call is refused: what is told of the socket") }
    else                      { is($text, '', "$call is refused: nothing is told") }
}

# One call is refused from the start.  A loader may need it: glibc's maps no library without
# fstat since 2.39.
for my $call (qw(nothing sigprocmask fstat)) {
SKIP: {
        skip "$call is refused from the start: the loader here needs it", 2 if run([ $probe, $call, 'exec', 'true' ])->{exit} != 0;
        dies_then_lives("$call is refused from the start", [ $probe, $call, 'exec', probe('broken'), 'write', 'unix' ],
            qr/^write: -1 EPIPE$/);
    }
}
keeps_dying('sigaction is refused from the start', [ $probe, 'sigaction', 'exec', probe('broken'), 'write', 'unix' ]);
my ($set, $set_refused, $set_with) = map { run([ @$_, probe('disposition'), 'readback' ])->{out} }
    [], [ $probe, 'sigprocmask', 'exec' ], [ epipe(), $probe, 'sigprocmask', 'exec' ];
isnt($set_refused, $set, 'sigprocmask is refused: sigset says so (control)');
is($set_with, $set_refused, 'sigprocmask is refused: sigset says so');

done_testing;
