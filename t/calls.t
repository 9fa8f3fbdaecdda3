#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# L1: the single calls are their models in everything but the signal, on this kernel
# and, by a filter that refuses the flag, as on an old one; and what they cost.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Cmocka;
use EpipeTest;
use Test::More;

my $count = probe('calls-count');
my $refuse = probe('refuse');
my @refusals = qw(EOPNOTSUPP ENOSYS EPERM);
my $can_refuse = run([ $refuse, 'EPERM', 'true' ])->{exit} == 0;

sub answer { return run([@_])->{out} =~ /^(.*)$/ ? $1 : '' }

my $has_flag = answer($count, 'flag') eq 'yes';
diag("RWF_NOSIGNAL is " . ($has_flag ? 'here' : 'not here'));

# The filter does what it says: without that these runs would prove nothing.
for my $refusal ($can_refuse ? @refusals : ()) {
    is(answer($refuse, $refusal, $count, 'flag'), 'no', "$refusal: the flag is not there");
}

# The cmocka programs: every call on every kind of descriptor, and calls that wait.
for my $unit (qw(calls waiting)) {
    cmocka_cases($unit, $unit, { limit => 120 });
SKIP: {
        # Not pass(), which would say that something was tried.
        skip "$unit, refused: seccomp filters are not to be had here", 1 if !$can_refuse;
        cmocka_cases($unit, "$unit, $_", { limit => 120 }, $refuse, $_) for @refusals;
    }
}

# The control: the plain call dies; ours says EPIPE, with the flag and without it.
my @writes = qw(write writev sendfile splice dprintf);
my @sends = qw(send sendto sendmsg sendmmsg);
my %dying = (
    pipe => [ @writes, 'vmsplice', 'tee' ],
    fifo => [ @writes, 'vmsplice', 'tee' ],
    unix => [ @writes, @sends ],
    tcp  => [ @writes, @sends ],
);
for my $kind (sort keys %dying) {
    for my $call (@{ $dying{$kind} }) {
        my $plain = run([ $count, 'plain', $call, $kind ]);
        ok(died_by_sigpipe($plain), "$call on a dead $kind: dies (control)") or diag(outcome($plain));
        for my $prefix ([], $can_refuse ? [ $refuse, 'EPERM' ] : ()) {
            my $ours = run([ @$prefix, $count, 'ours', $call, $kind ]);
            is(outcome($ours), "exit 0, out: $call: -1 EPIPE\\n",
                "epipe_$call on a dead $kind: EPIPE" . (@$prefix && ', refused'));
        }
    }
}

# The system calls of the first call and of the three after it.
sub traced {
    my @command = @_;
    my $trace = scratch() . '/trace';
    my $result = run([ 'strace', '-f', '-qq', '-e', 'signal=none', '-o', $trace, @command ]);
    open(my $fh, '<', $trace) or return;
    my $text = do { local $/; <$fh> };
    $text =~ s/^\d+ +//mg;
    my ($first, $rest) = $text =~ /^write\(-1, "first".*?\n(.*)^write\(-1, "begin".*?\n(.*)^write\(-1, "end"/ms
        or return;
    # The answer is printed between the two.  On i386 libc has socketcall() make a send().
    return map { [ map { $_ eq 'send' ? 'sendto' : $_ } /^(\w+)\(/mg ] }
        $first =~ s/^(?:write\(1,|fstat|newfstatat|statx|getrandom|brk|ioctl\(1,).*\n//mgr, $rest;
}

sub costs {
    my ($name, $expected, @command) = @_;
    my (undef, $rest) = traced(@command);
    is_deeply($rest, [ (@$expected) x 3 ], "$name: @$expected") or diag("got: @{ $rest // ['no trace'] }");
    return;
}

SKIP: {
    skip 'a sanitizer makes calls of its own', 1 if sanitized();
    skip 'strace is not installed', 1 if !have('strace');
    skip 'strace may not trace here', 1 if !traced($count, 'plain', 'write', 'null');
    my %send = (send => 'sendto', sendto => 'sendto', sendmsg => 'sendmsg', sendmmsg => 'sendmmsg');
    for my $call (sort keys %send) {
        costs("epipe_$call", [ $send{$call} ], $count, 'ours', $call, 'living-unix');
    }
    for my $kind ($has_flag ? qw(living-pipe living-unix null pipe unix) : ()) {
        costs("epipe_$_ on $kind", ['pwritev2'], $count, 'ours', $_, $kind) for qw(write writev);
    }
    skip 'seccomp filters are not to be had here', 1 if !$can_refuse;
    my %alone = (write => 'sendto', writev => 'sendmsg');
    for my $refusal (@refusals) {
        my @refused = ($refuse, $refusal, $count, 'ours');
        for my $call (sort keys %alone) {
            my @mask = ('rt_sigprocmask', $call, 'rt_sigpending', 'rt_sigprocmask');
            costs("$refusal: epipe_$call on a socket", [ $alone{$call} ], @refused, $call, 'living-unix');
            costs("$refusal: epipe_$call on $_", [ $alone{$call}, @mask ], @refused, $call, $_)
                for qw(living-pipe null);
        }
        my ($first) = traced(@refused, 'write', 'living-unix');
        is_deeply($first, [qw(pwritev2 pipe2 close pwritev2 close sendto)], "$refusal: the first finds out, once")
            or diag("got: @{ $first // ['no trace'] }");
    }
}

done_testing;
