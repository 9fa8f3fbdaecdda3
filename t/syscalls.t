#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# P2: on the success path the shim makes no system call that the program did not
# make.  Real programs under strace, with and without the shim: after start-up the
# same calls in the same order with the same results.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use IO::Socket::INET;
use Test::More;

plan skip_all => 'strace is not installed' if !have('strace');
plan skip_all => 'a sanitizer makes calls of its own' if sanitized();

my $dir = scratch();

# The system calls of COMMAND, from the first one that names MARKER on: what comes
# before is start-up.  Left out is what differs between any two runs: addresses,
# and calls whose number depends on the clock or on the allocator.
sub calls {
    my ($command, $marker) = @_;
    my $trace = "$dir/trace";
    unlink $trace, "$dir/copy";
    my $result = run([ 'strace', '-f', '-qq', '-e', 'trace=!brk,mmap,munmap', '-o', $trace,
            '-E', 'LC_ALL=C', '-E', 'PERL_HASH_SEED=0', '-E', 'PYTHONHASHSEED=0', @$command ]);
    open(my $fh, '<', $trace) or return ($result);
    my (@calls, $started, %threads);
    while (my $line = <$fh>) {
        $line =~ s/^(\d+)\s+// or next;
        my $thread = $threads{$1} //= keys %threads;
        $started ||= $line !~ /^execve/ && index($line, $marker) >= 0;
        next if !$started;
        $line =~ s/0x[0-9a-f]{3,}/ADDRESS/g;
        $line =~ s/htons\(\d+\)/PORT/g;
        $line =~ s/(rt_sigaction\(SIGPIPE,).* =/$1 ...) =/; # where the handler shows
        push @calls, "$thread $line";
    }
    return ($result, @calls);
}

# One ready HTTP answer on loopback for each run of curl.
sub http_server {
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 4, Proto => 'tcp')
        or die "listen: $!";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        $SIG{ALRM} = 'DEFAULT';
        alarm 60;
        while (my $client = $listener->accept) {
            while (defined(my $line = <$client>)) { last if $line =~ /^\r?$/ }
            print {$client} "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
            close $client;
        }
        POSIX::_exit(0);
    }
    return ($pid, $listener->sockport);
}

my $file = write_file("$dir/source", 'x' x 100_000);
my ($server, $port) = http_server();
my @programs = (
    [ 'cp', $file, 'cp', $file, "$dir/copy" ],
    [ 'perl', 'start-of-work', 'perl', '-e', 'open(F, "<", "/start-of-work");'
            . ' socketpair(A, B, 1, 1, 0); syswrite A, "x" for 1..50; print "y" x 9999, "\n";'
            . ' local $SIG{PIPE} = "IGNORE"; $SIG{PIPE} = sub {}; $SIG{PIPE} = "DEFAULT"' ],
    [ 'python3', 'start-of-work', 'python3', '-c', "try: open('/start-of-work')\n"
            . "except OSError: pass\nimport socket, os\na, b = socket.socketpair()\n"
            . "for i in range(50): a.send(b'x'); a.sendmsg([b'y']); os.write(1, b'z')\n"
            . "print('w' * 9999)\n" ],
    [ 'curl', 'sin_addr', 'curl', '-s', '-S', '--http1.0', "http://127.0.0.1:$port/" ],
);

for my $case (@programs) {
    my ($name, $marker, @command) = @$case;
SKIP: {
        skip "$name is not installed", 3 if !have($name);
        my ($without, @expected) = calls(\@command, $marker);
        my ($with, @got) = calls([ epipe(), @command ], $marker);
        if ($without->{err} =~ /ptrace|Operation not permitted/) {
            skip "strace may not trace here: $without->{err}", 3;
        }
        is(outcome($with), outcome($without), "$name ends the same");
        cmp_ok(scalar @expected, '>', 4, "$name: the control was traced");
        if ($name eq 'curl') {
            # How often it looks for the answer before that has come, and whether the end is
            # there when it closes, is the server's affair: which calls it makes is compared, not
            # how often.
            for my $list (\@expected, \@got) {
                my %seen;
                @$list = sort grep { !/^\d+ poll|EAGAIN|recvfrom\(\d+, "".* = 0$/ && !$seen{$_}++ } @$list;
            }
        }
        is_deeply(\@got, \@expected, "$name makes the same system calls after start-up");
    }
}
kill TERM => $server;
waitpid $server, 0;

# What it costs where a program does nothing else: the writes, and not one more.
SKIP: {
    skip 'strace may not trace here', 2 if run([ 'strace', '-o', '/dev/null', 'true' ])->{exit} != 0;
    my $count = run([ 'strace', '-c', '-f', '-qq', '-o', "$dir/count", epipe(), 'dd', 'if=/dev/zero',
            'of=/dev/null', 'bs=1', 'count=1000', 'status=none' ]);
    open(my $fh, '<', "$dir/count") or die "$dir/count: $!";
    my %calls = map { (split)[-1] => (split)[3] } grep { /^\s*\d/ } <$fh>;
    is($calls{write}, 1000, 'a thousand writes are a thousand calls of write');
    cmp_ok($calls{rt_sigaction} // 0, '<', 20, 'and the signal calls are those of the start');
}

done_testing;
