#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --attach under seccomp filters: it asks them first. A target whose sandbox would kill
# it is not taken and unharmed; which is shown with the question left out.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Attach;
use EpipeTest;
use POSIX qw(WUNTRACED);
use Sources;
use Test::More;

plan skip_all => 'a sanitizer makes system calls of its own in the target, and in the tracer' if sanitized();
can_attach();
my %numbers = (x86_64 => [ 9, 10, 13, 15, 5, 39, 271, 101 ], aarch64 => [ 222, 226, 134, 139, 80, 172, 73, 117 ]);
plan(skip_all => 'the numbers of the calls are those of x86-64 and aarch64') if !$numbers{ architecture() };

my %number;
@number{qw(mmap mprotect rt_sigaction rt_sigreturn fstat getpid ppoll ptrace)} = @{ $numbers{ architecture() } };
my $alive = qr/^write: -1 EPIPE\nsend: -1 EPIPE\nalive\n/m;

# Can this process read a filter of another one?  Asked without the command.
sub filters_can_be_read {
    my $target = start([ probe('filtered'), 'errno:9999' ]);
    my ($pid, $size) = (0 + $target->{pid}, -1);
    my ($seize, $interrupt, $get_filter) = (0x4206, 0x4207, 0x420c);
    if (syscall($number{ptrace}, $seize, $pid, 0, 0) == 0 && syscall($number{ptrace}, $interrupt, $pid, 0, 0) == 0) {
        waitpid $pid, WUNTRACED;
        $size = syscall($number{ptrace}, $get_filter, $pid, 0, 0);
    }
    kill KILL => $pid;
    finish($target);
    return $size > 0;
}

my $probe = start([ probe('filtered'), 'errno:9999' ]);
my $may = run([ epipe('--attach'), $probe->{pid} ]);
my $status = finish($probe);
plan(skip_all => 'seccomp filters are not to be had here') if $status->{exit} == 77;
plan(skip_all => "filters cannot be read here: $may->{err}") if $may->{err} =~ /cannot be read/ && !filters_can_be_read();
is(outcome($may), 'exit 0', 'a filter that has nothing against it');
like($status->{out}, $alive, 'lives');

# By root the filter is suspended for the attach's own calls; the handler's return cannot be.
for my $action (qw(kill trap errno)) {
    for my $call (qw(mmap mprotect rt_sigaction)) {
        my $target = start([ probe('filtered'), "$action:$number{$call}" ]);
        is(outcome(attach($target->{pid})), 'exit 0', "$action $call: passed by");
        like(finish($target)->{out}, $alive, "$action $call: lives");
    }
    my $target = start([ probe('filtered'), "$action:$number{rt_sigreturn}" ]);
    my $pid = $target->{pid};
    is(outcome(attach($pid)),
        "exit 2, err: epipe: $pid (filtered): its sandbox refuses rt_sigreturn: no handler could return\\n",
        "$action rt_sigreturn: refused");
    ok(died_by_sigpipe(finish($target)), "$action rt_sigreturn: as without");
}

# What the handler asks in vain it does not ask.
for my $case ((map { ("kill:$_", "trap:$_") } qw(fstat getpid ppoll)), 'kill-thread:ppoll') {
    my ($action, $call) = split /:/, $case;
    my $target = start([ probe('filtered'), "$action:$number{$call}" ]);
    is(outcome(attach($target->{pid})), 'exit 0', "$action $call: attached");
    like(finish($target)->{out}, $alive, "$action $call: lives");
}

# Controls: not asked, the target is killed.
for my $case ((map { "kill:$_" } qw(mmap rt_sigaction rt_sigreturn fstat ppoll)), 'trap:ppoll', 'kill-thread:ppoll') {
    my ($action, $call) = split /:/, $case;
    my $target = start([ probe('filtered'), "$action:$number{$call}" ]);
    unsafe('sandbox', $target->{pid});
    is(finish($target)->{signal}, 31, "control: $action $call, not asked: dies by SIGSYS");
}

# A program for i386: the numbers are its own.
SKIP: {
    my $program = build_for(scratch(), 'filtered', join(' ', cc32()), 'filtered.c');
    skip 'i386: cannot be built, or does not run here', 1 if !defined $program;
    my %i386 = (mmap2 => 192, mprotect => 125, rt_sigaction => 174, rt_sigreturn => 173, statx => 383, getpid => 20);
    for my $case ((map { [$_] } grep { $_ ne 'statx' } sort keys %i386), [ rt_sigreturn => 'worker' ], [ statx => 'worker' ]) {
        my ($call, @how) = @$case;
        my $target = start([ $program, "kill:$i386{$call}", @how ]);
        my ($attach, $end) = (attach($target->{pid}), finish($target));
        ok($call eq 'rt_sigreturn'
            ? $attach->{exit} == 2 && $attach->{err} =~ /refuses rt_sigreturn/ && died_by_sigpipe($end)
            : $attach->{exit} == 0 && $end->{out} =~ $alive, "i386: kill @$case: as it should be")
            or diag(outcome($attach), ' ', outcome($end));
    }
    my $target = start([ $program, "kill:$i386{rt_sigreturn}" ]);
    unsafe('sandbox', $target->{pid});
    is(finish($target)->{signal}, 31, 'control: i386: kill rt_sigreturn, not asked: dies by SIGSYS');
}

# A thread without the filter is taken first.
my $target = start([ probe('filtered'), "kill:$number{mmap}", 'thread' ]);
is(outcome(attach($target->{pid})), 'exit 0', 'a thread without the filter');
like(finish($target)->{out}, $alive, 'lives');

# The handler is that of all threads: the one that alone has a filter is asked, too.
for my $case ([ fstat => 'exit 0', $alive ], [ rt_sigreturn => qr/^exit 2, .*refuses rt_sigreturn/, undef ]) {
    my ($call, $says, $output) = @$case;
    my $worker = start([ probe('filtered'), "kill:$number{$call}", 'worker' ]);
    like(outcome(attach($worker->{pid})), qr/^(?:$says)/, "a worker's filter: kill $call");
    my $result = finish($worker);
    ok($output ? $result->{out} =~ $output : died_by_sigpipe($result), "a worker's filter: kill $call: as it should be")
        or diag(outcome($result));
    my $control = start([ probe('filtered'), "kill:$number{$call}", 'worker' ]);
    unsafe('threads', $control->{pid});
    is(finish($control)->{signal}, 31, "control: kill $call, the worker not asked: dies by SIGSYS");
}

# A worker in the middle of large writes, and a process that is stopped, stay so.
{
    my $busy = start([ probe('filtered'), "kill:$number{fstat}", 'busy' ]);
    my @said = map { outcome(attach($busy->{pid})) } 1 .. 5;
    is_deeply([ grep { !/^exit 0$|come back short/ } @said ], [], 'a worker that writes all the time: attached, or told why not');
    like(finish($busy)->{out}, qr/^short: 0 of [1-9]\d*$/m, 'and no write of its is cut short');
    for my $how (qw(worker thread)) {
        my $stopped = start([ probe('filtered'), "kill:$number{fstat}", $how ]);
        kill STOP => $stopped->{pid};
        until_true(sub { status_of($stopped->{pid}, 'State') =~ /^T/ });
        is(outcome(attach($stopped->{pid})), 'exit 0', "stopped, $how: attached");
        like(status_of($stopped->{pid}, 'State'), qr/^T/, "stopped, $how: and stays so");
        kill CONT => $stopped->{pid};
        like(finish($stopped)->{out}, $alive, "stopped, $how: and lives");
    }
    my $strict = start([ probe('filtered'), 'strict' ]);
    until_true(sub { status_of($strict->{pid}, 'Seccomp') eq '1' });
    like(outcome(attach($strict->{pid})), qr/^exit 2, err: .*strict mode/, 'strict mode: refused');
    ok(died_by_sigpipe(finish($strict)), 'strict mode: as without');
}

# A filter that came after the attach is asked before the handler is taken out.
for my $rule (undef, 'sandbox') {
    my $late = start([ probe('filtered'), "kill:$number{rt_sigaction}", 'late' ]);
    attach($late->{pid});
    print { $late->{in} } "\n";
    read_until($late, qr/^filtered$/m);
    my $pid = $late->{pid};
    my $detach = $rule
        ? run([ probe('unsafe-attach'), $pid, 'detach' ], env => { GRAFT_WITHOUT => $rule })
        : detach($pid);
    my $result = finish($late);
    if ($rule) { is($result->{signal}, 31, 'control: a detach that does not ask: dies by SIGSYS') }
    else { ok($detach->{exit} == 0 && died_by_sigpipe($result), 'a detach, past the filter') or diag(outcome($detach), outcome($result)) }
}

# A container: what Docker's default list keeps from it is EPERM. By root outside its filter is
# read; from within one filter is its own, too, and another one is not known.
my @refused = qw(acct add_key bpf clock_settime delete_module fanotify_init finit_module fsconfig fsmount fsopen fspick
    get_mempolicy init_module io_uring_enter io_uring_register io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load
    keyctl lookup_dcookie mbind migrate_pages mount mount_setattr move_mount move_pages open_by_handle_at open_tree
    perf_event_open pidfd_getfd pivot_root process_madvise quotactl quotactl_fd reboot request_key set_mempolicy setdomainname
    sethostname setns settimeofday swapoff swapon sysfs syslog umount2 unshare uselib userfaultfd ustat vhangup);
my %by_name = shell("echo '#include <sys/syscall.h>' | " . ($ENV{TEST_CC} // 'cc') . ' -E -dM -')->{out} =~ /^#define __NR_(\w+) (\d+)$/mg;
SKIP: {
    skip 'no compiler tells the numbers of the calls', 7 if !$by_name{ptrace};
    my @container = (probe('filtered'), join(',', map { "errno:$by_name{$_}" } grep { defined $by_name{$_} } @refused), 'exec');
    for my $how ([ 'from outside', epipe('--attach') ], [ 'from within', @container, epipe('--attach') ]) {
        my ($name, @attach) = @$how;
        my $target = start([ @container, probe('waits'), 'read' ]);
        is(outcome(run([ @attach, $target->{pid} ])), 'exit 0', "a container, $name: attached");
        like(finish($target)->{out}, qr/^alive$/m, "a container, $name: lives");
    }
    my $target = start([ @container, probe('filtered'), 'errno:9999' ]);
    my $pid = $target->{pid};
    is(outcome(run([ @container, epipe('--attach'), $pid ])),
        "exit 2, err: epipe: $pid (filtered): is in a sandbox that cannot be read; root outside of it can\\n",
        'one filter more, from within: refused');
    is(outcome(attach($pid)), 'exit 0', 'one filter more, from outside: attached');
    like(finish($target)->{out}, $alive, 'and lives');
}

# Syscall user dispatch: asked for, or, before Linux 6.4, seen by the first call, which the target
# does not get to see.
my ($major, $minor) = `uname -r` =~ /^(\d+)\.(\d+)/;
for my $case ([ 'dispatch', [ epipe('--attach') ] ], [ 'dispatch-stub', [ epipe('--attach') ] ],
    [ 'dispatch-stub', [ probe('unsafe-attach') ], { GRAFT_WITHOUT => 'dispatch' } ])
{
    my ($how, $attach, $env) = @$case;
SKIP: {
        skip "$how: cannot be seen before Linux 6.4", 1 if $how eq 'dispatch' && $major * 100 + $minor < 604;
        my $target = start([ probe('filtered'), $how ]);
        my $pid = $target->{pid};
        skip "$how: not to be had", 1 if status_of($pid, 'State') =~ /^(?:Z|$)/;
        my $result = run([ @$attach, $pid ], env => $env // {});
        is($result->{exit}, 2, "$how: refused" . ($env ? ' by the first call' : '')) or diag(outcome($result));
        like($result->{err}, qr/: (?:$pid \(filtered\): )?dispatches its system calls itself, as Wine does\n\z/, "$how: and why");
        ok(died_by_sigpipe(finish($target)), "$how: it is as it was");
    }
}

done_testing;
