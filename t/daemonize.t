#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# A daemon must not stay a reader of a pipe that it inherited: `seq inf | ( sleep 1000 &
# head -n 1 )` ends if examples/daemonize starts the sleep.  The control is the same line
# without it: when head has gone, seq waits in its write for a reader that never reads,
# until the sleep is killed.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Cwd qw(abs_path);
use EpipeTest;
use Peer;
use POSIX qw(SIG_BLOCK SIG_UNBLOCK SIGPIPE);
use Test::More;

my $scratch = abs_path(scratch());
my $file = "$scratch/pid";
$ENV{PATH} = "$BUILD/examples:$ENV{PATH}";
# What is started here is known by it, wherever its parent and its session are.
$ENV{TEST_MARK} = $scratch;

END {
    my $status = $?;
    kill KILL => map { $_->{pid} } marked() if defined $scratch;
    $? = $status;
}

# pid, name, state, session and terminal of a process, or nothing.
sub process {
    my ($pid) = @_;
    my ($name, $state, $session, $tty) =
        read_file("/proc/$pid/stat") =~ /^\d+ \((.*)\) (\S) \d+ \d+ (\d+) (-?\d+) /s or return;
    return { pid => $pid, name => $name, state => $state, session => $session, tty => $tty };
}

# The processes that this test has started, but for zombies; those called NAME.
sub marked {
    my ($name) = @_;
    my @found = grep { read_file("/proc/$_/environ") =~ /(?:^|\0)TEST_MARK=\Q$scratch\E\0/ }
        grep { $_ != $$ } map { m{(\d+)$} } glob '/proc/[0-9]*';
    return grep { !defined $name || $_->{name} eq $name } map { process($_) } @found;
}

sub nobody_left { return until_true(sub { !marked() }) }

# Kills the one process called NAME, once it has been executed.
sub kill_one {
    my ($name) = @_;
    my @found;
    until_true(sub { @found = marked($name) });
    kill TERM => $found[0]{pid} if @found == 1;
    return scalar @found;
}

sub read_pid {
    my ($pid) = read_file($file) =~ /\A(\d+)\n\z/;
    return $pid // 0;
}

# In the background of a shell, in both spellings.  dash gives what is there /dev/null for
# its standard input, unless the pipe has another number.
my $plain = '( %s & head -n 1 )';
my $extra = '{ exec 3<&0; %s & head -n 1; }';

# Starts it and waits for head's answer and end.
sub start_pipeline {
    my ($shell, $spelling, $job) = @_;
    my $line = '{ seq inf; echo "seq $?" >&2; } | ' . sprintf $spelling, $job;
    my $program = start([ $shell, '-c', $line ]);
    $program->expect(qr/^1\n/);
    until_true(sub { !marked('head') });
    return $program;
}

for my $case ([ 'bash', $plain, 1 ], [ 'bash', $extra, 1 ], [ 'dash', $plain, 0 ], [ 'dash', $extra, 1 ]) {
    my ($shell, $spelling, $hangs) = @$case;
    my $name = sprintf "$shell, $spelling", 'JOB';
  SKIP: {
        have($shell) or skip("$name: no $shell", $hangs ? 7 : 6);

        # As head's end has woken seq, it sleeps only if somebody can still read.
        my $program = start_pipeline($shell, $spelling, 'sleep 1000');
        if ($hangs) {
            ok(until_true(sub { grep { $_->{state} eq 'S' } marked('seq') }),
                "$name: control: head has ended and seq waits in its write");
            ok(!$program->ended, "$name: control: so does the shell");
        }
        else {
            ok(until_true(sub { $program->ended }), "$name: control: ends, for it reads /dev/null");
        }
        is(kill_one('sleep'), 1, "$name: control: the sleep is killed");
        my $result = $program->finish;
        is(outcome($result), 'exit 0, out: 1\n, err: seq 141\n',
            "$name: control: then seq has ended by SIGPIPE");

        unlink $file;
        $program = start_pipeline($shell, $spelling, "daemonize -p $file sleep 1000");
        my $pid = until_true(sub { read_pid() });    # dash's job does not keep the line waiting
        $result = $program->finish;
        is(outcome($result), 'exit 0, out: 1\n, err: seq 141\n',
            "$name: with daemonize it ends, and seq by SIGPIPE");
        my @sleep = marked('sleep');
        is($pid, @sleep == 1 ? $sleep[0]{pid} : 'one sleep', "$name: while the sleep runs");
        kill_one('sleep');
        ok(nobody_left(), "$name: nothing is left behind");
    }
}

# What a process has of its caller's.
sub inherited {
    my ($pid) = @_;
    my $process = process($pid) // return 'gone';
    my $status = read_file("/proc/$pid/status");
    my ($umask) = $status =~ /^Umask:\s+(\d+)$/m;
    my @sets = map { $status =~ /^$_:\s+([0-9a-f]+)$/m ? hex(substr $1, -4) >> 12 & 1 : '?' }
        qw(SigBlk SigIgn);
    my %fds = map { m{(\d+)$} => readlink($_) // '' } glob "/proc/$pid/fd/*";
    return join ', ', (map { "$_ $fds{$_}" } sort { $a <=> $b } keys %fds),
        'in ' . readlink("/proc/$pid/cwd"), 'umask ' . ($umask // '?'),
        "SIGPIPE blocked $sets[0], ignored $sets[1]",
        ($process->{session} == process($$)->{session} ? 'the same' : 'another') . ' session',
        ($process->{session} == $pid ? 'its leader' : 'not its leader') . ", terminal $process->{tty}";
}

# Runs COMMAND with SIGPIPE ignored and blocked, and a pipe as descriptor 9.
sub start_careless {
    my (@command) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $set = POSIX::SigSet->new(SIGPIPE);
    POSIX::sigprocmask(SIG_BLOCK, $set);
    my $umask = umask 0;
    my $program = start([ 'sh', '-c', 'cd "$0" && exec 9<&0 "$@"', $scratch, @command ]);
    umask $umask;
    POSIX::sigprocmask(SIG_UNBLOCK, $set);
    return $program;
}

my $control = start_careless('sleep', '1000');
ok(until_true(sub { marked('sleep') }), 'control: a careless child runs');
like(inherited($control->{pid}),
    qr/, 9 pipe:.*, in \Q$scratch\E, umask 0000, SIGPIPE blocked 1, ignored 1, the same session/,
    'control: it has all that its caller has');
kill_one('sleep');
$control->finish;

# The same way, with relative paths.
unlink $file;
symlink(have('sleep'), "$scratch/sleeper") or die "symlink: $!";
my $result = start_careless(qw(daemonize -p pid ./sleeper 1000))->finish;
is(outcome($result), 'exit 0', 'daemonize: ./PROGRAM is found before the chdir');
my $nothing = '0 /dev/null, 1 /dev/null, 2 /dev/null, in /, umask 0022, '
    . 'SIGPIPE blocked 0, ignored 0, another session, not its leader, terminal 0';
# One answer is waited for and compared: between two the loader opens files.
my $inherited;
until_true(sub { ($inherited = inherited(read_pid())) eq $nothing });
is($inherited, $nothing, 'daemonize: the daemon has nothing of it');
kill TERM => read_pid();
ok(nobody_left(), 'daemonize: nothing is left behind');

# What a script does next; a longer number in the file does not show through.
$result = run([ 'sh', '-c', 'echo 12345678901 >"$0" && daemonize -p "$0" sleep 1000 && cat "$0"', $file ]);
like($result->{out}, qr/\A\d{1,10}\n\z/, 'the pid file can be read at once') or diag(outcome($result));
is($result->{out}, join('', map { "$_->{pid}\n" } marked('sleep')), 'and has the process ID');
kill_one('sleep');
ok(nobody_left(), 'nothing is left behind');

# Closed standard streams are no reason for a report in the wrong place.
unlink $file;
$result = shell('for p in sleep no-such-program; do daemonize -p "$FILE" $p 1000 <&- >&- 2>&-; echo $?; done',
    env => { FILE => $file });
is(outcome($result), 'exit 0, out: 0\n127\n', 'without standard streams');
is(kill_one('sleep'), 1, 'the daemon runs');
ok(nobody_left(), 'nothing is left behind');

open(my $plain_file, '>', "$scratch/plain") or die "$scratch/plain: $!";
close $plain_file;
my $usage = qr/\AUsage: daemonize \[-p PIDFILE\] PROGRAM \[ARG\]\.\.\.\n\z/;
for my $case (
    [ 127, qr/no-such-program: No such file/, 'no-such-program' ],
    [ 127, qr/\.\/no-such-program: No such file/, './no-such-program' ],
    [ 126, qr/plain: Permission denied/, "$scratch/plain" ],
    [ 126, qr/plain\/x: Not a directory/, "$scratch/plain/x" ],
    [ 125, qr/no-such-dir\/pid: No such file/, '-p', "$scratch/no-such-dir/pid", 'sleep', '1000' ],
    [ 125, qr/\Q$scratch\E: Is a directory/, '-p', $scratch, 'sleep', '1000' ],
    [ 125, qr/\/dev\/full: No space left/, '-p', '/dev/full', 'sleep', '1000' ],
    [ 125, $usage ],
    [ 125, $usage, '-p' ],
    [ 125, $usage, '-x', 'sleep', '1000' ],
    )
{
    my ($exit, $message, @arguments) = @$case;
    my $name = join ' ', 'daemonize', map { s{^\Q$scratch\E}{DIR}r } @arguments;
    $result = run([ 'daemonize', @arguments ], env => { LC_ALL => 'C' });
    is($result->{exit}, $exit, "$name: exit status $exit") or diag(outcome($result));
    like($result->{err}, $message, "$name: says why");
    is($result->{err} =~ tr/\n//, 1, "$name: in one line");
    ok(nobody_left(), "$name: leaves nothing behind");
}

# A program that does not start changes no pid file, and makes none.
unlink $file;
run([ 'daemonize', '-p', $file, 'no-such-program' ]);
ok(!-e $file, 'no program, no pid file');
shell('echo 42 >"$FILE"; daemonize -p "$FILE" no-such-program', env => { FILE => $file });
is(read_pid(), 42, 'no program: what stood in the pid file stays');

done_testing;
