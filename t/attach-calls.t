#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --attach while the target is in a call, or in its own code: the call returns what it
# returns without, its timeout comes no earlier, and afterwards a broken write is EPIPE.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Attach;
use EpipeTest;
use Sources;
use Test::More;

can_attach();

# What each call returns, with an attach and without.
my %returns = (
    (map { $_ => '1 ok' } qw(read poll ppoll select epoll accept accept_to inotify eventfd fifo vfork loop fploop vdso
        timers handler)),
    (map { $_ => '0 ok' } qw(connect poll_to select_to nanosleep nanosleep_abs epoll_to futex semop flock setlkw linger)),
    (map { $_ => '8 ok' } qw(recv recv_to recv_preadv2 waitall timerfd)),
    (map { $_ => '-1 Interrupted system call' } qw(pause sigsuspend epoll_sig read_sig)),
    (map { $_ => '-1 Resource temporarily unavailable' } qw(semtimedop sigtimedwait)),
    futex_to => '-1 Connection timed out',
    msgrcv => '4 ok', wait4 => '7 ok', pipewrite => '1048576 ok', sockwrite => '4194304 ok',
    blocked => '-1 Broken pipe', threads => '6 ok',
);
my %never_sleeps = map { $_ => 1 } qw(loop fploop vdso timers handler blocked threads);
my %holds = map { $_ => 1 } qw(pipewrite sockwrite vfork waitall linger);    # an attach has to wait
my $alive = "write: -1 EPIPE\nsend: -1 EPIPE\nfflush: -1 EPIPE\nalive\n";

# Control: without an attach each of them ends by SIGPIPE.
for my $call (qw(read loop)) {
    my $result = finish(start([ probe('waits'), $call ]));
    ok(died_by_sigpipe($result) && $result->{out} =~ /^$call: \Q$returns{$call}\E\n\z/m, "control: $call without")
        or diag(outcome($result));
}

my $dir = scratch();
my $cc = $ENV{TEST_CC} // 'cc';
my @sources = qw(waits.c waits-calls.c waits-code.c);
my @builds = ([ dynamic => sub { probe('waits') } ], [ static => sub { build_for($dir, 'static', "$cc -static", @sources) } ],
    [ 'static-pie' => sub { build_for($dir, 'pie', "$cc -static-pie", @sources) } ],
    [ musl => sub { build_for($dir, 'musl', 'musl-gcc -static', @sources) } ],
    map { my $more = $_; [ "i386$more" => sub { build_for($dir, "i386$more", join(' ', cc32()) . $more, @sources) } ] } '', ' -static');
@builds = @builds[ 0, 1, 4 ] if !$ENV{TEST_LONG};

for my $build (@builds) {
    my ($kind, $make) = @$build;
SKIP: {
        my $program = sanitized() && $kind ne 'dynamic' ? undef : $make->();
        skip "$kind: cannot be built, or does not run here", 1 if !defined $program;
        all_calls($kind, $program);
    }
}

# Each is attached to at once, and most of them are finished in the end.  What ends by itself has
# four seconds.
sub all_calls {
    my ($kind, $program) = @_;
    my %target;
    for my $call (sort keys %returns) {
        my $target = $target{$call} = start([ $program, $call ]);
        ok(is_waiting($target), "$kind: $call waits (control)") if !$never_sleeps{$call};
        $target->{attach} = start([ epipe('--attach'), $target->{pid} ], ready => 0);
        if ($holds{$call}) {    # until the other end does its part
            ok(child_is_waiting($target->{attach}), "$kind: $call: and the attach waits for it (control)");
            close $target->{in};
        }
        $target->{status} = finish($target->{attach});
        $target->{done} = finish($target) if $never_sleeps{$call};    # and keeps a processor busy
    }
    for my $call (sort keys %returns) {
        my $target = $target{$call};
        my $done = $target->{done} // finish($target);
        $done->{out} =~ s/-1 \KOperation(?= timed out)/Connection/;    # musl's word for it
        is(outcome($done), outcome({ out => "ready $target->{pid}\n$call: $returns{$call}\n$alive",
            err => '', exit => 0, signal => 0 }), "$kind: $call");
        is(outcome($target->{status}), 'exit 0', "$kind: $call: attached");
    }
    return;
}

# Where there is no room behind the vDSO, the code stands behind a program's or library's text,
# in a page that is then the process's own.
sub own_text {
    my ($pid) = @_;
    my $sum = 0;
    for my $mapping (split /^(?=[0-9a-f]+-[0-9a-f]+ )/m, read_file("/proc/$pid/smaps")) {
        $sum += $1 if $mapping =~ m{\A\S+ r-xp .* /} && $mapping =~ /^Private_Dirty:\s+(\d+)/m;
    }
    return $sum;
}
for my $call (qw(read epoll nanosleep loop timers threads)) {
    my $target = start([ probe('waits'), $call ]);
    is_waiting($target) if !$never_sleeps{$call};
    is(unsafe('vdso', $target->{pid})->{exit}, 0, "$call: attached by way of the text");
    cmp_ok(own_text($target->{pid}), '>', 0, "$call: which is where the code was");
    is(outcome(finish($target)), outcome({ out => "ready $target->{pid}\n$call: $returns{$call}\n$alive", err => '',
        exit => 0, signal => 0 }), "$call: nothing is seen of it");
}
{
    my $target = start([ probe('waits'), 'read' ]);
    attach($target->{pid});
    is(own_text($target->{pid}), 0, 'control: by way of the vDSO no text is touched');
    finish($target);
}

# A 64-bit program's call by i386's number.
SKIP: {
    skip 'only x86-64 has two sets of numbers', 2 if architecture() ne 'x86_64';
    my $target = start([ probe('waits'), 'pipewrite80' ]);
    is_waiting($target);
    skip 'this kernel knows no i386 calls', 2 if status_of($target->{pid}, 'State') !~ /^S/ && finish($target);
    my $attach = start([ epipe('--attach'), $target->{pid} ], ready => 0);
    child_is_waiting($attach);
    close $target->{in};
    is(outcome(finish($attach)), 'exit 0', 'pipewrite80: attached');
    like(finish($target)->{out}, qr/^pipewrite80: 1048576 ok\n\Q$alive\E\z/m, 'pipewrite80: behind it');
}

# io_uring's own threads cannot be stopped, whatever call they seem to be in.
SKIP: {
    my $target = start([ probe('waits'), 'sqpoll' ]);
    is_waiting($target);
    my @workers = grep { /^iou-/ } map { read_file($_) } glob "/proc/$target->{pid}/task/*/comm";
    skip 'io_uring makes no thread here', 2 if !@workers && finish($target);
    is(outcome(attach($target->{pid})), 'exit 0', 'sqpoll: attached');
    is(outcome(finish($target)), outcome({ out => "ready $target->{pid}\nsqpoll: 1 ok\n$alive", err => '', exit => 0, signal => 0 }),
        'sqpoll');
}

# Controls: without the rule the target sees that it was stopped.
for my $case ([ eintr => 'epoll', qr/^epoll: -1 Interrupted/m ], [ choice => 'pipewrite', qr/^pipewrite: \d{1,6} ok/m ]) {
    my ($rule, $call, $seen) = @$case;
    my $target = start([ probe('waits'), $call ]);
    is_waiting($target);
    is(unsafe($rule, $target->{pid})->{exit}, 0, "control: an attach without the rule '$rule'");
    like(finish($target)->{out}, $seen, "control: $call sees it");
}

done_testing;
