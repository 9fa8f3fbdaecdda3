#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe with a static program, which it enters at its exec: the program lives where it would
# have died, and otherwise sees nothing of it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Attach;
use EpipeTest;
use Sources;
use Test::More;

can_attach();
my $dir = scratch();
my $cc = ($ENV{TEST_CC} // 'cc');
my $program = build_for($dir, 'seen', "$cc -static", 'seen.c');
plan(skip_all => 'no static program can be built') if !defined $program;

my %build = (static => $program, pie => scalar build_for($dir, 'pie', "$cc -static-pie", 'seen.c'),
    musl => scalar build_for($dir, 'musl', 'musl-gcc -static', 'seen.c'),
    i386 => scalar build_for($dir, 'i386', join(' ', cc32(), '-static'), 'seen.c'));

for my $kind (qw(static pie musl i386)) {
SKIP: {
        skip "$kind: cannot be built, or does not run here", 1 if !defined $build{$kind};
        ok(died_by_sigpipe(run([ $build{$kind}, 'write' ])), "$kind: control dies by SIGPIPE");
        my $result = run([ epipe(), $build{$kind}, 'write' ]);
        is(outcome($result), 'exit 0, out: write: -1 EPIPE\n', "$kind: lives");
    }
}

# No difference in what a program can ask: its pid is the command's, its parent the same, no
# child, no descriptor, no pending or blocked signal more.
sub seen {
    my ($prefix, @command) = @_;
    my $text = shell("$prefix @command $program environment & child=\$!; wait \$child; echo status \$? pid \$child", limit => 20)->{out};
    my ($pid) = $text =~ /pid (\d+)\n\z/;
    $text =~ s/\b$pid\b/PID/g if defined $pid;
    $text =~ s/^parent: \d+/parent: one/m;
    return $text;
}
my $epipe = join ' ', epipe();
my $block = 'sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGCHLD))';
for my $prefix ('', "trap '' CHLD;", 'exec 0<&-;', map { "perl -MPOSIX -e '$block; ${_}exec \@ARGV'" } '', 'kill CHLD => $$; ') {
    my $without = seen($prefix);
    like($without, qr/^children: none/m, 'control: what is to be seen' . ($prefix && ": $prefix"));
    is(seen($prefix, $epipe), $without, 'and it is the same when it is entered');
}
SKIP: {
    skip 'no PID namespace is to be had', 4 if run([ qw(unshare --pid --fork true) ])->{exit} != 0;
    is(run([ qw(unshare --pid --fork), epipe(), $program, 'environment' ])->{out},
        run([ qw(unshare --pid --fork), $program, 'environment' ])->{out}, 'the same as the first process of a namespace');
    # Its numbers are other processes' in /proc.
    my $other = run([ qw(unshare --pid --fork sh -c), '"$@"; exit $?', 'sh', epipe(), $program, 'exit' ]);
    is($other->{exit}, 125, "/proc is another namespace's: refused") or diag(outcome($other));
    is(run([ qw(unshare --pid --fork sh -c), '"$@"; exit $?', 'sh', epipe('--check'), $program ])->{exit}, 2, 'and --check says so');
    is(run([ qw(unshare --pid --fork --mount-proc sh -c), '"$@"; exit $?', 'sh', epipe(), $program, 'exit' ])->{exit}, 7,
        "control: its own /proc");
}

# Statuses.
is(run([ epipe(), $program, 'exit' ])->{exit}, 7, 'its exit status');
is(run([ epipe(), $program, 'kill' ])->{signal}, 9, 'its death by SIGKILL');
ok(died_by_sigpipe(run([ epipe(), $program, 'raise' ])), 'a SIGPIPE of its own kills');
write_file("$dir/script", "#!$program exit\n", 0755);
is(run([ epipe(), "$dir/script" ])->{exit}, 7, 'a script for it');
ok(died_by_sigpipe(run([ 'sh', '-c', "trap '' PIPE; exec \"\$\@\"", 'sh', epipe(), $program, 'raise' ])) ? 0 : 1,
    'where SIGPIPE is ignored it stays so');

# Its dynamic children have the shim.
SKIP: {
    skip 'a sanitizer is in the way of the shim', 1 if sanitized();
    is(run([ epipe(), $program, 'exec', probe('broken'), 'write', 'pipe' ])->{out}, "write: -1 EPIPE\n",
        'a dynamic program that it executes');
}

# Its standard output is what it was started with, so a two-way socket is, too; but not where
# nothing keeps the default action (control).
SKIP: {
    my $busybox = have('busybox') or skip 'busybox is not installed', 3;
    skip 'busybox is not static here', 3 if run([ epipe('--check'), $busybox ])->{out} !~ /^kind: static/m;
    my @to_socket = ('perl', '-MSocket', '-e', 'socketpair A, B, AF_UNIX, SOCK_STREAM, 0; open STDIN, "</dev/null"; '
            . 'open STDOUT, ">&A"; close A; close B; exec @ARGV');
    my @writes = ($busybox, 'sh', '-c', 'echo x; echo y; exit 7');
    ok(died_by_sigpipe(run([ @to_socket, @writes ])), 'standard output is a socket: control dies');
    ok(died_by_sigpipe(run([ @to_socket, epipe(), @writes ])), 'and so under epipe');
    is(run([ @to_socket, epipe('--keep=none'), @writes ])->{exit}, 7, 'but not with --keep=none');
}

# Settings: those that have no effect in it are named; a clean environment is one.
is(outcome(run([ epipe('--give-up=3', '--log=stderr', '--handlers=respect', '--service=off'), $program, 'exit' ])),
    "exit 7, err: epipe: $program is statically linked; only its children heed --log, --give-up\\n",
    'settings that have no effect');
is(shell('env -i EPIPE_LOG=off ' . join(' ', epipe('--service'), $program, 'variables'))->{out}, '', 'a clean environment');
is(shell('env -i EPIPE_LOG=off ' . join(' ', epipe('--keep=none'), $program, 'variables'))->{out} =~ s/^LD_PRELOAD=.*\n//mr,
    "EPIPE_LOG=off\nEPIPE_KEEP=none\n", 'one that is not (control)');

# What else is to be preloaded stays in the environment, and the shim alone is taken out of it.
SKIP: {
    skip 'a sanitizer must come first in LD_PRELOAD', 2 if sanitized();
    for my $case ([ '', qr/^LD_PRELOAD=libm\.so\.6:\S*libepipe-preload\S*$/m ], [ '--children=none', qr/^LD_PRELOAD=libm\.so\.6$/m ]) {
        my ($option, $expect) = @$case;
        my $inner = join ' ', epipe($option || ()), $program, 'variables';
        like(shell("LD_PRELOAD=libm.so.6 " . join(' ', epipe()) . " sh -c '$inner'")->{out}, $expect, "another preload object is left, $option");
    }
}

# Under a filter on system calls that keeps the handler out: it runs as without, and is told of.
SKIP: {
    skip "a sanitizer's start needs the call", 3 if sanitized();
    my %number = (x86_64 => 13, aarch64 => 134);
    my $number = $number{ architecture() } or skip 'the number of the call is that of x86-64 and aarch64', 3;
    my @filtered = (probe('filtered'), "errno:$number", 'exec');
    my $control = run([ probe('filtered'), 'errno:9999', 'exec', epipe(), $program, 'write' ]);
    skip 'no filter is to be had', 3 if $control->{exit} == 77;
    is(outcome($control), 'exit 0, out: write: -1 EPIPE\n', 'control: a filter that has nothing against it');
    my $refused = run([ @filtered, epipe(), $program, 'write' ]);
    ok(died_by_sigpipe($refused), 'rt_sigaction is refused: it dies as without') or diag(outcome($refused));
    is($refused->{err}, "epipe: seen is not protected: it refuses rt_sigaction: Operation not permitted\n", 'and why');
}

# Its helper is killed at each of its system calls: the program runs, protected or not, or is
# refused where it had not begun.
{
    my ($killed, $protected, @bad) = (0, 0);
    for (my $n = 1; $n < 400; $n += $ENV{TEST_LONG} ? 1 : 3) {
        my $run = run([ probe('kill-at'), $n, 'helper', epipe(), $program, 'write' ]);
        my $how = outcome($run) =~ s/, err: (.*)killed\\n$/$1 eq '' ? '' : ", err: $1"/er;
        $protected += $how eq 'exit 0, out: write: -1 EPIPE\n';
        last if $run->{err} !~ /killed$/m;
        $killed++;
        push @bad, "at $n: $how"
            if $how !~ /^(?:exit 0, out: write: -1 EPIPE\\n|exit 141|exit 125, err: epipe: .* cannot be traced.*)$/;
    }
    is_deeply(\@bad, [], "the helper is killed at $killed calls: the program is well");
    cmp_ok($killed, '>', 8, 'there are that many calls');
    cmp_ok($protected, '>', 0, 'control: it is protected where the helper lives');
}

# Stopped and continued before its exec, while the helper waits for that.
{
    my ($tries, $stopped, @bad) = (0, 0);
    while ($stopped < 5 && $tries++ < 300 && !@bad) {
        my $target = start([ epipe(), $program, 'exit' ], ready => 0);
        my $pid = $target->{pid};
        # Without a pause: it takes less than a millisecond.  One that has ended has no program.
        while (defined(my $exe = readlink "/proc/$pid/exe")) {
            last if $exe eq $program || ($exe =~ m{/epipe$} && read_file("/proc/$pid/task/$pid/children") ne '');
        }
        kill STOP => $pid;
        until_true(sub { status_of($pid, 'State') =~ /^[TtZ]/ });
        $stopped++ if (readlink("/proc/$pid/exe") // '') =~ m{/epipe$};
        kill CONT => $pid;
        local $Run::LIMIT = 5;
        my $how = outcome(finish($target));
        push @bad, $how if $how ne 'exit 7';
    }
    is_deeply(\@bad, [], "stopped before its exec, and continued, in $tries tries: it runs");
    cmp_ok($stopped, '>=', 5, 'control: it was stopped in time');
}

# A /proc that is mounted for reading only, as containers have it.
SKIP: {
    my @mount = (qw(unshare --mount sh -c), 'mount -o remount,bind,ro /proc && exec "$@"', 'sh');
    skip 'no mount namespace is to be had', 2 if run([ @mount, 'true' ])->{exit} != 0;
    isnt(run([ @mount, 'sh', '-c', 'echo >/proc/self/comm' ])->{exit}, 0, 'control: nothing can be written in /proc');
    is(outcome(run([ @mount, epipe(), $program, 'write' ])), 'exit 0, out: write: -1 EPIPE\n', 'a read-only /proc: lives');
}

# Where nobody may trace it: 125, or what --fallback says.
SKIP: {
    skip 'strace is not installed', 2 if !have('strace');
    my $traced = run([ qw(strace -f -o /dev/null), epipe(), $program, 'exit' ]);
    is($traced->{exit}, 125, 'traced already: 125') or diag(outcome($traced));
    like($traced->{err}, qr/\Aepipe: .*cannot be traced.*\n\z/, 'in one line');
}

# Few descriptors, wherever the free ones are: the program runs, or epipe says why not.
for my $closed ('', 'exec <&-;', 'exec <&- >&2;') {
    my @bad;
    for my $limit (4 .. 20) {
        my $run = shell('for fd in /proc/self/fd/*; do fd=${fd##*/}; [ $fd -gt 2 ] && eval "exec $fd>&-"; done; '
            . "$closed ulimit -n $limit; exec " . join(' ', epipe(), $program, 'exit'));
        push @bad, "$limit: " . outcome($run)
            if $run->{exit} != 7 && ($run->{exit} != 125 || $run->{err} !~ /\Aepipe: .*cannot be traced.*: Too many open files/);
    }
    is_deeply(\@bad, [], "$closed 4 to 20 descriptors");
}

# Rights that it would lose.
SKIP: {
    skip 'needs root', 2 if $> != 0 || !have('setpriv');
    chmod 0755, $dir;
    run([ 'cp', "$BUILD/epipe", $program, $dir ]);
    chmod 04755, "$dir/seen";
    my @nobody = qw(setpriv --reuid 65534 --regid 65534 --clear-groups);
    skip 'set-id has no effect here', 2 if run([ @nobody, "$dir/seen", 'user' ])->{out} !~ /effective 0/;
    my $refused = run([ @nobody, epipe(), "$dir/seen", 'user' ]);
    is($refused->{exit}, 125, 'set-id: refused') or diag(outcome($refused));
    like($refused->{err}, qr/setuid or setgid/, 'and why');
}

done_testing;
