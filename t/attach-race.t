#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --attach while the target changes: restartable sequences, signals, threads, children,
# exec and exit; several attaches at a time, and many in turn.
#
# TEST_LONG=1 (make check-long): 2,000 attaches among timers instead of 30, 1,000 attaches and
# detaches instead of 100, and targets that are killed at each call instead of every third.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Attach;
use EpipeTest;
use Test::More;

plan skip_all => 'a sanitizer makes system calls of its own in the target, and in the tracer' if sanitized();
can_attach();
my $cycles = $ENV{TEST_LONG} ? 1000 : 100;

# Attaches to a new "churn HOW" and detaches so many times, and gives the last word of it, and
# the statuses of the attaches.
sub churn {
    my ($how, $times) = @_;
    my $target = start([ probe('churn'), $how ]);
    my %status;
    for (1 .. $times) {
        $status{ attach($target->{pid})->{exit} }++;
        detach($target->{pid}) if $_ < $times;
    }
    my $result = finish($target);
    return ($result, join ' ', sort keys %status);
}

# What the kernel forgets of a restartable sequence is lost without the rule.
SKIP: {
    my ($result, $status) = churn('rseq', 10);
    skip 'no restartable sequences here', 3 if $result->{exit} == 77;
    is($status, '0', 'restartable sequences: attached');
    like($result->{out}, qr/^ok \d+$/m, 'nothing is lost') or diag(outcome($result));
    my $control = start([ probe('churn'), 'rseq' ]);
    unsafe('rseq', $control->{pid}) for 1 .. 10;
    like(finish($control)->{out}, qr/^\d+ lost$/m, "control: without the rule 'rseq' something is");
}

my %often = (timer => $ENV{TEST_LONG} ? 2000 : 30, threads => 20, forks => 10);
for my $how (sort keys %often) {
SKIP: {
        my ($result, $status) = churn($how, $often{$how});
        skip "$how: not to be had here", 2 if $result->{exit} == 77;
        is($status, '0', "$how: attached each time");
        like($result->{out}, qr/^ok [1-9]\d*$/m, "$how: and nothing is wrong") or diag(outcome($result));
    }
}
SKIP: {
    # There a signal comes before the stop, and none in its short time: see t/probe/churn.c.
    skip 'aarch64: in a machine that is emulated an attach meets no signal', 1 if architecture() eq 'aarch64' && $ENV{MATRIX_LIMIT};
    my $control = start([ probe('churn'), 'timer' ]);
    for (1 .. 500) {
        last if status_of($control->{pid}, 'State') =~ /^(?:Z|$)/;
        unsafe('roll-back', $control->{pid});
    }
    my $result = finish($control);
    skip 'no such timer here', 1 if $result->{exit} == 77;
    like($result->{out}, qr/^an EINTR was lost$/m, "control: without the rule 'roll-back' an EINTR is lost") or diag(outcome($result));
}
{
    my $result = finish(start([ probe('churn'), 'forks' ]));
    like($result->{out}, qr/^ok -1$/m, 'control: without an attach the children of forks die');
}

# A signal at each call of an attach, and of a detach; of a real-time one each is queued.
for my $option (qw(--attach --detach)) {
    my $target = start([ probe('churn'), 'signals' ]);
    attach($target->{pid}) if $option eq '--detach';
    my $run = run([ probe('kill-at'), 0, 'signals', $target->{pid}, epipe($option), $target->{pid} ]);
    my ($sent) = $run->{err} =~ /^sent (\d+)$/m;
    is($run->{exit}, 0, "$option among signals") or diag(outcome($run));
    cmp_ok($sent // 0, '>', 30, "$option: one at each of its calls");
    like(finish($target)->{out}, qr/^got $sent$/m, "$option: and none is lost");
}

# Exec undoes an attach; in the middle of one there is nothing to attach to.
{
    my $target = start([ probe('churn'), 'exec' ]);
    my @bad = grep { $_ ne 'exit 0' && !/executes other programs|has ended|no room/ } map { outcome(attach($target->{pid})) } 1 .. 15;
    is_deeply(\@bad, [], 'exec: attached, or told why not');
    my $result = finish($target);
    like($result->{out}, qr/^ok [1-9]\d*$/m, 'exec: it goes on') or diag(outcome($result));
}

# Processes that end while they are attached to: by themselves, and at each call of the attach,
# by root and by a user, for whom some files of /proc are root's from then on.
my $has_ended = qr/^exit 125, err: epipe: \d+(?: \S+)?: (?:is a zombie|has ended in the meantime|No such process)\\n$/;
{
    my @bad;
    for (1 .. 15) {
        my $target = start([ 'perl', '-e', '$| = 1; print "ready $$\n"; select undef, undef, undef, rand 0.02; exit 5' ]);
        my $said = outcome(attach($target->{pid}));
        my $result = finish($target);
        push @bad, "$said; " . outcome($result) if $result->{exit} != 5 || $said !~ /^exit 0$|$has_ended/;
    }
    is_deeply(\@bad, [], 'exit: attached, or told why not, and the status is its own');
}
for my $as ([], [qw(setpriv --reuid=1234 --regid=1234 --clear-groups)]) {
    my $who = @$as ? 'a user' : 'whoever this is';
SKIP: {
        skip 'only root can become another user', 2 if @$as && ($> != 0 || !have('setpriv'));
        skip 'the build is not readable for others', 2 if @$as && run([ @$as, 'test', '-x', probe('waits') ])->{exit} != 0;
        my ($killed, @bad) = 0;
        for (my $n = 1; $n < 400; $n += $ENV{TEST_LONG} ? 1 : 3) {
            my $target = start([ @$as, probe('waits'), 'read' ]);
            my $attach = run([ @$as, probe('kill-at'), $n, 'target', $target->{pid}, epipe('--attach'), $target->{pid} ]);
            my $is_caught = hex(status_of($target->{pid}, 'SigCgt')) >> 12 & 1;    # a zombie's, too
            finish($target);
            last if $attach->{err} !~ s/^killed\n//m;
            $killed++;
            my $said = outcome($attach);
            push @bad, "at $n: $said" if $said !~ $has_ended && !($is_caught && $said eq 'exit 0');    # at its last calls
        }
        is_deeply(\@bad, [], "killed at each call of an attach by $who: it says so");
        cmp_ok($killed, '>', 10, "by $who: there are that many calls");
    }
}

# Ten at a time.
{
    my $target = start([ probe('waits'), 'read' ]);
    my @attaches = map { start([ epipe('--attach'), $target->{pid} ], ready => 0) } 1 .. 10;
    is_deeply([ map { outcome(finish($_)) } @attaches ], [ ('exit 0') x 10 ], 'ten attaches at a time');
    like(finish($target)->{out}, qr/^read: 1 ok\n.*^alive$/ms, 'and it lives');
}

# Many in turn: no memory, mapping or descriptor more.
{
    my $target = start([ probe('waits'), 'read' ]);
    my $pid = $target->{pid};
    my $held = sub {
        opendir(my $fds, "/proc/$pid/fd") or return '';
        return join ' ', scalar(() = readdir $fds), scalar(() = read_file("/proc/$pid/maps") =~ /\n/g),
            status_of($pid, 'VmSize');
    };
    attach($pid);
    detach($pid);
    my ($before, $ok) = ($held->(), 0);
    for (1 .. $cycles) {
        $ok += attach($pid)->{exit} == 0 && detach($pid)->{exit} == 0;
    }
    is($ok, $cycles, "$cycles attaches and detaches");
    is($held->(), $before, 'it holds what it held after the first');
    ok(died_by_sigpipe(finish($target)), 'and dies as without');
}

done_testing;
