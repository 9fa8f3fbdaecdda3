#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# --log: one line for each swallowed signal, which says when, who, what and to whom; no
# name forges another line; no descriptor is kept, and a log that cannot be written costs
# nothing but its line.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Logger;
use Test::More;

my $dir = scratch();
my $write = probe('broken');
my $repeat = probe('many-writes');
my $connection = probe('connection');
my $preload = join ':', grep { defined && length } $ENV{LD_PRELOAD}, shim();

# The line about PROGRAM's CALL on TARGET, both regular expressions; without the time
# and the process for syslog.
my $time = qr/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;
my $from = sanitized() ? qr/\S+/ : qr/broken|connection|many-writes|y\\x0ay/; # a sanitizer's wrapper calls ours

sub message {
    my ($program, $call, $target) = @_;
    my $caller = $call =~ /stdio/ ? '' : qr/, called from $from\+0x[0-9a-f]+/;
    return qr/epipe\[\d+\]: $program: thread \d+: SIGPIPE swallowed: $call on descriptor \d+ \($target\)$caller\n/;
}

sub is_line {
    my ($name, $text, @what) = @_;
    my $message = message(@what);
    return like($text, qr/\A$time $message\z/, $name);
}

# The shim by hand: epipe refuses a log that can never be written.
sub by_hand {
    my ($log, $command, %how) = @_;
    return run($command, %how, env => { LD_PRELOAD => $preload, EPIPE_LOG => $log });
}

ok(died_by_sigpipe(run([ $write, 'write', 'unix' ])), 'control: dies without epipe');
is(run([ epipe(), $write, 'write', 'unix' ])->{err}, '', 'control: without --log nothing is said');

# What was written to.
my %targets = (pipe => qr/pipe:\[\d+\]/, unix => qr/socket:\[\d+\] unix unnamed/,
    fifo => qr{/tmp/epipe-fifo-\w+/fifo \(deleted\)},
    tcp => qr/socket:\[\d+\] tcp 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+/);
for my $kind (sort keys %targets) {
    my $result = run([ epipe('--log=stderr'), $write, 'write', $kind ]);
    is_line("stderr, $kind", $result->{err}, 'broken', 'write', $targets{$kind});
}
for my $call (qw(sendmsg splice dprintf)) {
    is_line("stderr, $call", run([ epipe('--log=stderr'), $write, $call, 'unix' ])->{err}, 'broken',
        $call eq 'dprintf' ? qr/v?dprintf|__dprintf_chk/ : $call, $targets{unix});
}
SKIP: {
    skip 'a sanitizer calls where stdio would', 1 if sanitized();
    my $stdio = run([ epipe('--log=stderr'), $write, 'fflush', 'unix' ])->{err};
    like($stdio, qr/\A$time \S+ broken: thread \d+: SIGPIPE swallowed: stdio or a raw call on [^\n]*\n\z/,
        'a call that no wrapper saw');
}

# Addresses. Those of TCP connections are known although they have been reset.
my $path = "$dir/socket";
is_line('a unix path', run([ epipe('--log=stderr'), $connection, 'path', $path ])->{err}, 'connection', 'write',
    qr/socket:\[\d+\] unix unnamed -> \Q$path\E/);
is_line('an abstract name, with a NUL in it',
    run([ epipe('--log=stderr'), $connection, 'abstract', "epipe test $$%x" ])->{err}, 'connection', 'write',
    qr/socket:\[\d+\] unix unnamed -> \@epipe\\x20test\\x20$$\\x00x/);
for my $case ([ tcp4 => '127.0.0.1' ], [ tcp6 => '[::1]' ]) {
    my ($kind, $host) = @$case;
    my $result = run([ epipe('--log=stderr'), $connection, $kind ]);
SKIP: {
        skip "no $kind here: $result->{err}", 1 if $result->{err} =~ /^probe: (?:socket|bind)/;
        my ($local, $peer) = $result->{out} =~ /^(\d+) -> (\d+)$/m;
        is_line($kind, $result->{err}, 'connection', 'write',
            qr/socket:\[\d+\] tcp \Q$host\E:$local -> \Q$host\E:$peer/);
    }
}

# Names that would forge a line.
my $evil = "x\n2026-01-01T00:00:00.000Z epipe[1]: forged\e[2J\\\xff";
my $escaped = quotemeta 'x\x0a2026-01-01T00:00:00.000Z\x20epipe[1]:\x20forged\x1b[2J\x5c\xff';
my $forging = run([ epipe('--log=stderr'), $connection, 'path', "$dir/$evil" ]);
is_line('a path with a line feed in it', $forging->{err}, 'connection', 'write',
    qr/socket:\[\d+\] unix unnamed -> \Q$dir\E\/$escaped/);
my $called = run([ epipe('--log=stderr'), 'perl', '-e', 'exec { $ARGV[0] } "y\ny", qw(write unix)', $write ]);
is_line('a program called with one', $called->{err}, qr/y\\x0ay/, 'write', $targets{unix});
is_line('a thread called so', run([ epipe('--log=stderr'), $repeat, 'name', "n\nepipe[1]" ])->{err},
    'many-writes', 'write', $targets{unix});
# And those that would forge what comes behind them in the line.
my $unique = "epipe$$";
my $part = 'x), called from libevil.so+0x1, was (';
my $harmless = quotemeta 'x\x29\x2c\x20called\x20from\x20libevil.so+0x1\x2c\x20was\x20\x28';
is_line('an abstract name with the end of a line in it', run([ epipe('--log=stderr'), $connection, 'abstract', "$unique$part" ])->{err},
    'connection', 'write', qr/socket:\[\d+\] unix unnamed -> \@$unique$harmless/);
is_line('a path with one', run([ epipe('--log=stderr'), $connection, 'path', "$dir/$part" ])->{err}, 'connection', 'write',
    qr/socket:\[\d+\] unix unnamed -> \Q$dir\E\/$harmless/);
my $break_fifo = 'use POSIX; mkfifo $ARGV[0], 0600; sysopen R, $ARGV[0], O_RDONLY | O_NONBLOCK;'
    . ' open W, ">", $ARGV[0]; close R; syswrite W, "x"';
my $fifo = run([ epipe('--log=stderr'), 'perl', '-e', $break_fifo, "$dir/$part" . '(deleted)' ]);
like($fifo->{err}, qr{ on descriptor \d+ \(\Q$dir\E/$harmless\\x28deleted\\x29\)}, 'a FIFO with one') or diag(outcome($fifo));
# But for the end of a path that has the kernel's own words; without the blank it has not (control).
for my $case ([ 'x (deleted)', 'x (deleted)' ], [ 'x(deleted)', 'x\x28deleted\x29' ]) {
    my $result = run([ epipe('--log=stderr'), 'perl', '-e', $break_fifo, "$dir/$case->[0]" ]);
    like($result->{err}, qr{ on descriptor \d+ \(\Q$dir/$case->[1]\E\)}, "a FIFO called $case->[0]") or diag(outcome($result));
}
my $named = run([ epipe('--log=stderr'), 'perl', '-e', 'exec { $ARGV[0] } "x: thread 1: SIGPIPE", qw(write unix)', $write ]);
like($named->{err}, qr/\A$time epipe\[\d+\]: x:\\x20thread\\x201:\\x20SIGPIPE: thread /, 'a program called so');
my $long = run([ epipe('--log=stderr'), 'perl', '-e', 'exec { $ARGV[0] } "\n" x 5000, "path", $ARGV[1]',
        $connection, $path . "\n" x (106 - length $path) ]);
ok($long->{err} =~ /\A$time [^\n]*\n\z/ && length $long->{err} <= 512, 'long names: one line of 512 bytes at most')
    or diag(outcome($long));
like($long->{err}, qr/ epipe\[\d+\]: (?:\\x0a)+\.\.\.: thread /, 'a name that is cut says so');

# A path: appended to, and made where it is not there.
my $file = "$dir/log";
run([ epipe("--log=$file"), $write, 'write', 'unix' ]) for 1, 2;
my $message = message('broken', 'write', $targets{unix});
like(read_file($file), qr/\A$time $message$time $message\z/, 'a path: lines are appended');
is((stat $file)[2] & 07777 & ~umask, 0640 & ~umask, 'and the file is not for everybody');

# None of these costs more than the line.
symlink '/dev/null', "$dir/link";
symlink "$dir/victim", "$dir/dangling";
run([ 'mkfifo', "$dir/fifo" ]);
my %hopeless = ('a symbolic link' => "$dir/link", 'a dangling one' => "$dir/dangling", 'a directory' => $dir,
    'a FIFO without a reader' => "$dir/fifo", 'a directory that is not there' => "$dir/none/log",
    'a full disk' => '/dev/full', 'no permission, for root either' => '/sys/log',
    'a socket' => $path);
for my $name (sort keys %hopeless) {
    my $result = by_hand($hopeless{$name}, [ $write, 'write', 'unix' ]);
    is(outcome($result), outcome({ out => "write: -1 EPIPE\n", err => '', exit => 0, signal => 0 }),
        "$name as the log: the program lives, and errno is EPIPE");
}
ok(!-e "$dir/victim", 'a symbolic link is not followed');
is(by_hand($file, [ $write, 'write', 'unix' ])->{out}, "write: -1 EPIPE\n", 'control: by hand');
like(read_file($file), qr/\A(?:$time $message){3}\z/, 'control: by hand a line is written');

# A file system without room for another line.
SKIP: {
    my $mount = "$dir/full";
    mkdir $mount;
    my @private = ('unshare', $> == 0 ? '-m' : '-rm', 'sh', '-c',
        'mount -t tmpfs -o size=4k none "$0" && "$@" && wc -c <"$0/log"', $mount);
    skip 'no file system to be mounted', 2 if run([ @private[ 0, 1 ], 'mount', '-t', 'tmpfs', 'none', $mount ])->{exit} != 0;
    my $full = run([ @private, 'perl', '-e', 'open F, ">", "$ARGV[0]/log"; syswrite F, "x" x 4096;'
                . ' shift; exec @ARGV', $mount, 'env', "LD_PRELOAD=$preload", "EPIPE_LOG=$mount/log", $write, 'write', 'unix' ]);
    is($full->{out}, "write: -1 EPIPE\n4096\n", 'a full file system: the program lives, the log is as it was')
        or diag(outcome($full));
    my $room = run([ @private, 'env', "LD_PRELOAD=$preload", "EPIPE_LOG=$mount/log", $write, 'write', 'unix' ]);
    like($room->{out}, qr/^1\d\d$/m, 'control: where there is room there is a line') or diag(outcome($room));
}

# Standard error that is itself dead, or no longer what it was at start.
my $dead = run([ 'perl', '-e', 'pipe R, W; close R; open STDERR, ">&", \*W; exec @ARGV', epipe('--log=stderr'),
        $write, 'write', 'unix' ]);
is($dead->{out}, "write: -1 EPIPE\n", 'a dead standard error as the log: the program lives');
my $perl = 'socketpair(A, B, 1, 1, 0); close B; close STDERR; open STDERR, ">", $ARGV[0];'
    . ' syswrite A, "x"; print "alive\n"';
my $moved = run([ epipe('--log=stderr'), 'perl', '-e', $perl, "$dir/moved" ]);
is($moved->{out}, "alive\n", 'standard error opened anew: the program lives');
is(-s "$dir/moved", 0, 'and nothing is written to what it has become');
is($moved->{err}, '', 'nor to what it was');

# Standard error that is full, and that nobody reads: it is lost like that, too, and the
# program does not wait for ever, be it for a line, a trace, a summary or a complaint.
my $full_err = 'use Fcntl; pipe R, W; fcntl W, F_SETFL, O_WRONLY | O_NONBLOCK; for my $n (4096, 1) { 1 while syswrite W, "x" x $n }'
    . ' fcntl W, F_SETFL, O_WRONLY; open STDERR, ">&", \*W; vec(my $w = "", fileno(W), 1) = 1; $| = 1;'
    . ' print select(undef, $w, undef, 0) ? "room\n" : "full\n"; exit system(@ARGV) >> 8';
for my $options (['--log=stderr'], ['--trace'], ['--summary']) {
    my $waits = run([ 'perl', '-e', $full_err, epipe(@$options), $write, 'write', 'unix' ], limit => 15);
    is(outcome($waits), 'exit 0, out: full\nwrite: -1 EPIPE\n', "@$options and standard error is full: the program lives");
}
my $complains = run([ 'perl', '-e', $full_err, 'env', "LD_PRELOAD=$preload", 'EPIPE_LOG=x', $write, 'write', 'unix' ], limit => 15);
is(outcome($complains), 'exit 0, out: full\nwrite: -1 EPIPE\n', 'a complaint and it is full: the program lives');

# A cancellation is off while something is told, and then as it was.
dies_then_lives('the cancel state', [ probe('log-context'), 'cancel' ], qr/^cancel: ok$/m, options => ["--log=$dir/cancel"]);

# Its first thread has ended, and with that what /proc says of the process.
dies_then_lives('without a first thread', [ probe('log-context'), 'leader' ], qr/^leader: ok$/m, options => ["--log=$dir/leader"]);
like(read_file("$dir/leader"), qr/ on descriptor \d+ \($targets{fifo}\)/, 'without a first thread: the FIFO is told');

# The number a log is written through is free again: nothing is kept open.
my $number = 'socketpair(A, B, 1, 1, 0); close B; syswrite A, "x"; opendir D, "/proc/self/fd";'
    . ' print join(" ", sort { $a <=> $b } grep { /\d/ && -e "/proc/self/fd/$_" } readdir D), "\n"';
my ($without, $with) = map { run([ @$_, 'perl', '-e', "\$SIG{PIPE} = q(IGNORE); $number" ]) }
    [], [ epipe("--log=$dir/again") ];
is($with->{out}, $without->{out}, 'no descriptor is kept');

# On the smallest stack a thread may have; and many: nothing is kept, nothing allocated.
dies_then_lives("$_, with a log", [ probe('context'), $_ ], qr/^$_: ok$/m, options => ["--log=$dir/$_"])
    for qw(small quiet);
cmp_ok(-s "$dir/$_" // 0, '>', 0, "$_: control: it is written") for qw(small quiet);

# What it takes: one write for a line, to what was opened for it. Off, nothing but the
# return from the handler.
SKIP: {
    skip 'strace is not installed', 6 if !have('strace');
    skip 'a sanitizer makes calls of its own', 6 if sanitized();
    my $handler = sub {
        my ($log, @prefix) = @_;
        my $result = run([ 'strace', '-qq', '-o', "$dir/trace", @prefix, epipe($log), $write, 'write', 'unix' ]);
        my ($calls) = read_file("$dir/trace") =~ /^--- SIGPIPE.*?\n(.*?^rt_sigreturn.*?\n)/ms;
        skip "strace may not trace here: $result->{err}", 6 if !defined $calls;
        return $calls;
    };
    # With a pipe for standard output it would ask what was written to.
    is(join(' ', $handler->('--log=off', 'sh', '-c', 'exec "$@" >/dev/null 2>&1', 'sh') =~ /^(\w+)\(/mg), 'rt_sigreturn', 'off: the handler makes no call but its return');
    my $calls = $handler->("--log=$dir/traced");
    my ($fd) = $calls =~ /^openat\(AT_FDCWD, "\Q$dir\E\/traced", O_WRONLY\|[^\n]*O_APPEND[^\n]*O_NOFOLLOW[^\n]*O_CLOEXEC, 0640\) = (\d+)/m;
    ok(defined $fd, 'a path is opened to append, without following a link, closed on exec') or diag($calls);
    is(scalar(() = $calls =~ /^(?:write|writev|pwrite64)\(/mg), 1, 'one write') or diag($calls);
    like($calls, qr/^write\($fd, "[^\n]*\n(?:[^\n]*\n)*close\($fd\)/m, 'to it, and it is closed');
    $calls = $handler->('--log=stderr');
    is(scalar(() = $calls =~ /^write\(2, /mg), 1, 'to standard error: one write, too');
    unlike($calls, qr/^(?:open|openat|socket|pipe2?|dup3?)\(/m, 'and nothing is opened');
}

# syslog: a datagram to /dev/log. The system's logger adds the time.
SKIP: {
    my @private = private_dev() or skip 'no mount namespace to be had', 2;
    my $syslog = run([ @private, logged(epipe('--log=syslog'), $write, 'write', 'unix') ]);
    my $plain = message('broken', 'write', $targets{unix});
    like($syslog->{out}, qr/^\[<30>$plain\]$/m, 'syslog: one datagram') or diag(outcome($syslog));
    is(run([ @private, epipe('--log=syslog'), $write, 'write', 'unix' ])->{out}, "write: -1 EPIPE\n",
        'without a logger the program lives');
}

done_testing;
