#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --attach and --detach: which processes it takes, what it says of the others, and with
# which status; a process that is not taken goes on unharmed.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Attach;
use EpipeTest;
use Test::More;

can_attach();
my $waits = probe('waits');
my $alive = qr/^alive$/m;

sub one_line { return qr/\Aepipe: (?:\d+ )?.*$_[0].*\n\z/ }

# Attach and detach, any number of times; the same pages are used.
my $target = start([ $waits, 'read' ]);
my $pid = $target->{pid};
sub pages { my $maps = read_file("/proc/$pid/maps"); return scalar(() = $maps =~ /\n/g) }
my $before = pages();
is(outcome(detach($pid)), "exit 1, err: epipe: $pid (waits): is not protected by an attach\\n", 'detach before an attach');
is(pages(), $before, 'which maps nothing');
is(outcome(attach($pid)), 'exit 0', 'attach');
my $after = pages();
cmp_ok($after, '<=', $before + 2, 'two mappings more');
like(status_of($pid, 'SigCgt'), qr/[13579bdf]...\z/, 'SIGPIPE is caught');
for my $again (1 .. 3) {
    is(outcome(attach($pid)), 'exit 0', 'attach again');
    is(outcome(detach($pid)), 'exit 0', 'detach');
    unlike(status_of($pid, 'SigCgt'), qr/[13579bdf]...\z/, 'SIGPIPE is at its default');
}
is(pages(), $after, 'no mapping more');
is(read_file("/proc/$pid/maps") =~ / rwxp /, '', 'nothing is writable and executable');
is(outcome(attach($pid)), 'exit 0', 'attach at last');
like(finish($target)->{out}, $alive, 'and it lives');
$target = start([ $waits, 'read' ]);
$pid = $target->{pid};
my @twice = map { outcome($_) } attach($pid), detach($pid), detach($pid);
is_deeply(\@twice, [ 'exit 0', 'exit 0', "exit 1, err: epipe: $pid (waits): is not protected by an attach\\n" ], 'a detach and another one');
finish($target);
ok(died_by_sigpipe(detached()), 'after a detach it dies as without') or diag('it lives');

sub detached {
    my $target = start([ $waits, 'read' ]);
    attach($target->{pid});
    detach($target->{pid});
    return finish($target);
}

# Several at once: the worst status, which is not the last one's, a line for each that is not taken.
my @targets = map { start([ $waits, 'read' ]) } 1 .. 3;
my $several = attach($targets[0]{pid}, '999999999', $targets[1]{pid}, $targets[2]{pid});
is(outcome($several), 'exit 125, err: epipe: 999999999: No such process\n', 'several, one of which is none');
like(finish($_)->{out}, $alive, 'the others live') for @targets;
is(outcome(attach('12x')), "exit 125, err: epipe: '12x' is no process number\\n", 'no number');

# Settings that are the shim's alone.
for my $case ([ '--attach', '--only=lib*' ], [ '-a', '-H', 'override' ], [ '--attach', '--children=none' ], [ '-a', '--log=off' ],
    [ '-at' ], [ '-aS' ], [ '-a', '-g', 7 ], [ '--detach', '--keep=none' ])
{
    my $result = run([ epipe(@$case), $$ ]);
    like(outcome($result), qr/^exit 125, err: epipe: --\w[\w-]* cannot be combined with --(?:at|de)tach\b[^\\]*\\n$/, "@$case: refused by name");
}
is(outcome(attach()), "exit 125, err: epipe: no process given; 'epipe --help' tells more\\n", 'no process');

# --keep has its meaning.
for my $case ([ 'none', 0 ], [ 'stdio', 1 ]) {
    my ($keep, $dies) = @$case;
    my $target = start([ 'perl', '-e', '$| = 1; print "ready $$\n"; <STDIN>; syswrite STDOUT, "x" for 1 .. 2; exit 3' ]);
    is(outcome(run([ epipe("--keep=$keep", '--attach'), $target->{pid} ])), 'exit 0', "--keep=$keep: attached");
    close $target->{out};
    close $target->{in};
    waitpid $target->{child}, 0;
    is($dies ? $? & 127 : $? >> 8, $dies ? 13 : 3, "--keep=$keep: " . ($dies ? 'a pipeline dies' : 'a pipeline lives'));
}

# Not needed: 1.
$target = start([ 'sh', '-c', "trap '' PIPE; exec $waits read" ]);
is(outcome(attach($target->{pid})), "exit 1, err: epipe: $target->{pid} (waits): ignores SIGPIPE: nothing to do\\n",
    'SIGPIPE is ignored');
like(finish($target)->{out}, $alive, 'it goes on');
$target = start([ probe('idle-process'), 'handle' ], ready => 0);
read_until($target, qr/^ready/m);
is(outcome(attach($target->{pid})), "exit 1, err: epipe: $target->{pid} (idle-process): handles SIGPIPE itself: nothing to do\\n",
    'a handler of its own');
is(finish($target)->{exit}, 0, 'it goes on');
SKIP: {
    skip 'a sanitizer is in the way of the shim', 1 if sanitized();
    $target = start([ epipe(), $waits, 'read' ]);
    is(outcome(attach($target->{pid})),
        "exit 1, err: epipe: $target->{pid} (waits): is protected by the shim already\\n", 'the shim is there');
    finish($target);
}

# No process of the kind: 125.
$target = start([ 'sh', '-c', 'exit 0' ], ready => 0);
until_state($target->{pid}, 'Z');
is(outcome(attach($target->{pid})), "exit 125, err: epipe: $target->{pid} (sh): is a zombie\\n", 'a zombie');
finish($target);
SKIP: {
    skip 'no kernel thread is seen here', 1 if status_of(2, 'Name') !~ /kthreadd/;
    is(outcome(attach(2)), 'exit 125, err: epipe: 2 (kthreadd): is a kernel thread\n', 'a kernel thread');
}
$target = start([ probe('kill-at'), 1000000, $waits, 'read' ]);
is(outcome(attach($target->{pid})),
    "exit 125, err: epipe: $target->{pid} (waits): is being traced by process $target->{child} (kill-at)\\n", 'traced by another');
ok(finish($target)->{out} =~ /^read: 1 ok$/m, 'it goes on');

sub until_state {
    my ($pid, $state) = @_;
    return until_true(sub { status_of($pid, 'State') =~ /^$state/ });
}

# Its first thread has ended, and others live: it looks like a zombie.
for my $attaches (1, 10) {
    my $target = start([ probe('churn'), 'first' ]);
    until_state($target->{pid}, 'Z');
    my @attaches = map { start([ epipe('--attach'), $target->{pid} ], ready => 0) } 1 .. $attaches;
    is(outcome(finish($_)), 'exit 0', 'the first thread has ended: attached by another') for @attaches;
    is(outcome(finish($target)), "exit 0, out: ready $target->{pid}\\nok 1\\n", "which lives; $attaches at a time");
}
$target = start([ probe('churn'), 'first' ]);
until_state($target->{pid}, 'Z');
ok(died_by_sigpipe(finish($target)), 'control: without an attach it dies');

# In so many groups that its status has them on a line of 14 kilobytes.
SKIP: {
    skip 'only root can be in any groups', 3 if $> != 0;
    $target = start([ 'perl', '-e', '$) = join " ", 0, 1000000 .. 1001999; exec @ARGV', $waits, 'read' ]);
    cmp_ok(length status_of($target->{pid}, 'Groups'), '>', 10_000, 'in 2,000 groups');
    is(outcome(attach($target->{pid})), 'exit 0', 'in 2,000 groups: attached');
    like(finish($target)->{out}, $alive, 'and lives');
}

# Stopped by SIGSTOP, and still so afterwards; at first in the write of its line, which has
# returned.
$target = start([ $waits, 'read' ]);
kill STOP => $target->{pid};
until_state($target->{pid}, 'T');
is(outcome(attach($target->{pid})), 'exit 0', 'one that is stopped');
until_state($target->{pid}, 'T');
like(status_of($target->{pid}, 'State'), qr/^T/, 'which stays so');
kill CONT => $target->{pid};
like(finish($target)->{out}, qr/^read: 1 ok\n.*^alive$/ms, 'and goes on when it is continued');

# In 32-bit code of a 64-bit program, where the calls of neither word size can be made for it.
SKIP: {
    skip 'no 32-bit code in 64-bit programs here', 2 if architecture() ne 'x86_64' || length(pack 'l!', 0) != 8;
    my $dir = scratch();
    my $code32 = build_for($dir, 'code32', $ENV{TEST_CC} // 'cc', 'code32.c') or skip 'code32 cannot be built', 2;
    skip 'this kernel executes no 32-bit code', 2 if run([$code32])->{out} !~ /^poll: 1$/m;
    $target = start([$code32]);
    is_waiting($target);
    is(outcome(attach($target->{pid})),
        "exit 125, err: epipe: $target->{pid} (code32): runs code of another word size than its program's\\n", '32-bit code');
    is(outcome(finish($target)), "exit 0, out: ready $target->{pid}\\npoll: 1\\n", 'which goes on');
}

# A thread blocks all signals; a pending SIGPIPE is swallowed when it is unblocked.
$target = start([ $waits, 'blocked' ]);
is(outcome(attach($target->{pid})), 'exit 0', 'one that blocks SIGPIPE');
like(finish($target)->{out}, $alive, 'and has one pending');

# Rights.
SKIP: {
    skip 'needs root', 4 if $> != 0 || !have('setpriv');
    my @nobody = qw(setpriv --reuid 65534 --regid 65534 --clear-groups);
    my $copy = scratch();
    chmod 0755, $copy;
    run([ 'cp', "$BUILD/epipe", $copy ]);
    $target = start([ $waits, 'read' ]);
    my $refused = run([ @nobody, "$copy/epipe", '--attach', $target->{pid} ]);
    is($refused->{exit}, 125, 'another user: 125');
    like($refused->{err}, one_line("permission denied: it is user 0's"), 'and whose it is');
    ok(died_by_sigpipe(finish($target)), 'and it is as it was');
    run([ 'cp', $waits, $copy ]);
    $target = start([ @nobody, "$copy/waits", 'read' ]);
    is(outcome(run([ @nobody, "$copy/epipe", '--attach', $target->{pid} ])), 'exit 0', 'the same user');
    like(finish($target)->{out}, $alive, 'it lives');

    # Yama's levels, which are set where the machine is a test's own, and else as they are.
    my $scope = '/proc/sys/kernel/yama/ptrace_scope';
    my ($level) = read_file($scope) =~ /(\d)/ or skip 'this kernel has no Yama', 1;
    for my $now ($ENV{MATRIX_LIMIT} ? (0, 1, 2) : $level) {
        write_file($scope, $now) if $ENV{MATRIX_LIMIT};
        $target = start([ @nobody, "$copy/waits", 'read' ]);
        my $pid = $target->{pid};
        is(outcome(run([ @nobody, "$copy/epipe", '--attach', $pid ])), $now == 0 ? 'exit 0'
            : "exit 125, err: epipe: $pid (waits): permission denied: kernel.yama.ptrace_scope is $now: root may\\n",
            "kernel.yama.ptrace_scope is $now: the same user");
        is(outcome(attach($pid)), 'exit 0', 'root') if $now < 3;
        finish($target);
    }
    write_file($scope, $level) if $ENV{MATRIX_LIMIT};
}
SKIP: {
    skip 'no PID namespace is to be had', 2 if run([ qw(unshare --pid --fork true) ])->{exit} != 0;
    $target = start([ qw(unshare --pid --fork), $waits, 'read' ], ready => 0);
    read_until($target, qr/^ready 1$/m);
    my ($first) = split ' ', read_file("/proc/$target->{child}/task/$target->{child}/children");
    is(outcome(attach($first)),
        "exit 1, err: epipe: $first (waits): is the first process of its namespace, which SIGPIPE does not kill\\n",
        'the first process of a namespace');
    is(finish($target)->{exit}, 0, 'which lives as it is');
    my $said = run([ qw(unshare --pid --fork sh -c), '"$@"; exit $?', 'sh', epipe('--attach'), 1 ]);
    like(outcome($said), qr/^exit 125, err: epipe: 1: .proc is that of another PID namespace/, "/proc is another namespace's");
    $target = start([ qw(unshare --pid --fork sh -c), "$waits read; exit \$?" ], ready => 0);
    read_until($target, qr/^ready \d+$/m);
    my ($sh) = split ' ', read_file("/proc/$target->{child}/task/$target->{child}/children");
    my ($inner) = split ' ', read_file("/proc/$sh/task/$sh/children");
    is(outcome(attach($inner)), 'exit 0', 'another one of it');
    my $result = finish($target);
    like($result->{out}, $alive, 'lives') or diag(outcome($result));
}

done_testing;
