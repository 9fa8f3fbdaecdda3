#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Another signal that is delivered at the same moment as SIGPIPE: the handler of SIGPIPE
# then finds the program counter at the other handler, and not behind the write. strace
# sends the other one while the call is being made.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Calls;
use EpipeTest;
use Test::More;

if (my $why = why_not()) { plan skip_all => $why }

my $probe = probe('simultaneous-signals');

# The program with another signal at its first call of SYSCALL.
sub with_other {
    my ($syscall, $signal, $variables, @arguments) = @_;
    return ('strace', '-qq', '-o', '/dev/null', '-e', "inject=$syscall:signal=$signal:when=1",
        (map { ('-E', $_) } @$variables), $probe, @arguments);
}

my @shim = ('LD_PRELOAD=' . shim());
my $trial = run([ with_other('write', 'USR1', [], 'seen') ]);
plan skip_all => "strace cannot send signals here: $trial->{err}" if $trial->{err} !~ /others 1/;

SKIP: {
    skip 'other architectures may deliver them in another way', 1 if architecture() !~ /x86_64/;
    is($trial->{err}, "write: -1 EPIPE, others 1, at the handler\n", 'control: a handler finds it at the other one');
}
is(run([ $probe, 'seen' ])->{err}, "write: -1 EPIPE, others 0\n", 'control: and behind the write if that comes alone');

# On i386 libc has socketcall() make a send().
my %syscall = (raw => 'write', stdio => 'write', sendto => architecture() =~ /i.86/ ? 'send' : 'sendto');
for my $call (qw(write raw stdio writev sendto sendmsg sendfile splice)) {
    my $syscall = $syscall{$call} // $call;
    my $control = run([ with_other($syscall, 'USR1', [], $call, 'socket') ]);
    ok(died_by_sigpipe($control), "$call: control dies") or diag(outcome($control));
    # ALRM comes behind SIGPIPE, the others before it.
    for my $signal (qw(HUP INT QUIT USR1 USR2 ALRM)) {
        my $result = run([ with_other($syscall, $signal, \@shim, $call, 'socket') ]);
        is($result->{err}, "$call: -1 EPIPE, others 1\n", "$call: EPIPE, and SIG$signal is not lost") or diag(outcome($result));
    }
}

# What is found of the write.
my %named = (write => 'write', raw => 'stdio or a raw call', stdio => 'stdio or a raw call');
for my $call (sort keys %named) {
SKIP: {
        skip "$call: no register tells the descriptor on this architecture", 1
            if $call ne 'write' && architecture() !~ /x86_64/;
        my $result = run([ with_other('write', 'USR1', [ @shim, 'EPIPE_LOG=stderr' ], $call, 'pipe') ]);
        like($result->{err}, qr/SIGPIPE swallowed: $named{$call} on descriptor \d+ \(pipe:\[\d+\]\)/, "$call: the descriptor is found");
    }
}

# What kills goes on killing.
for my $call (qw(kill tgkill)) {
    my ($control, $with) = map { run([ with_other($call, 'USR1', $_, $call, 'socket') ]) } [], \@shim;
    ok(died_by_sigpipe($control), "$call: control dies");
    ok(died_by_sigpipe($with), "$call: dies with the shim") or diag(outcome($with));
}
for my $call (qw(write raw stdio)) {
    for my $variables ([], \@shim) {
        my $line = join ' ', map { quotemeta } with_other('write', 'USR1', $variables, $call, 1);
        my $result = shell("$line | exec true; echo \${PIPESTATUS[0]}");
        is($result->{out}, "141\n", "$call on standard output dies " . (@$variables ? 'with the shim' : '(control)'))
            or diag(outcome($result));
    }
}

done_testing;
