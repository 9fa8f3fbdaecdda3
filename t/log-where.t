#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# --log where something is missing or unusual: what can be told is told, and the program
# lives.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Logger;
use Socket;
use Test::More;

my $dir = scratch();
my $write = probe('broken');
my $from = sanitized() ? qr/\S+/ : qr/broken/; # a sanitizer's wrapper calls ours

# What the shim could not open is refused before anything is run.
symlink "$dir/file", "$dir/link" or die "$dir/link: $!";
write_file("$dir/file", "");
socket(my $listener, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
bind($listener, sockaddr_un("$dir/socket")) or die "$dir/socket: $!";
for my $case ([ link => 'is a symbolic link, which is not followed' ], [ socket => 'is a socket' ]) {
    my ($name, $why) = @$case;
    like(outcome(run([ epipe("--log=$dir/$name"), 'true' ])), qr{^exit 125, err: epipe: --log: '\Q$dir/$name\E' $why; it takes }, "a path that $why");
}
is(outcome(run([ epipe("--log=$dir/file"), 'true' ])), 'exit 0', 'control: a file is taken');
my $long = '/' x (1023 - length "$dir/file") . "$dir/file";
is(outcome(run([ epipe("--log=$long"), 'true' ])), 'exit 0', 'control: so is a path of 1023 bytes');
like(run([ epipe("--log=/$long"), 'true' ])->{err}, qr{^epipe: --log: '/+\Q$dir\E/file' is longer than 1023 bytes; it takes }, 'one of 1024 is not');

# Without /proc a FIFO or pipe has its number still. The control has a name for the FIFO.
SKIP: {
    my @private = ('unshare', $> == 0 ? '-m' : '-rm', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh');
    skip 'no mount namespace to be had', 5 if run([ @private, 'true' ])->{exit} != 0;
    like(run([ epipe('--log=stderr'), $write, 'write', 'fifo' ])->{err}, qr{ on descriptor \d+ \(/tmp/epipe-fifo}, 'control: a name');
    for my $kind (qw(pipe fifo)) {
        my $result = run([ epipe('--log=stderr'), @private, $write, 'write', $kind ]);
        is($result->{out}, "write: -1 EPIPE\n", "$kind without /proc: lives") or diag(outcome($result));
        like($result->{err}, qr/ on descriptor \d+ \(pipe:\[\d+\]\), called from $from\+/, "$kind without /proc: its number");
    }
}

# The same program on each: it opens a socket, and breaks it. No address is told twice.
my $perl = <<'EOP';
use Socket;
use Errno;
my ($protocol, $connects) = @ARGV;
my $own = sockaddr_in(0, INADDR_LOOPBACK);
socket(my $socket, AF_INET, SOCK_STREAM, $protocol) or exit 77;
if ($connects) {
    socket(my $listener, AF_INET, SOCK_STREAM, $protocol) or exit 77;
    bind($listener, $own) && listen($listener, 1) or die "listen: $!";
    connect($socket, getsockname $listener) or die "connect: $!";
    accept(my $peer, $listener) or die "accept: $!";
    shutdown $socket, 1;
}
$! = 0;
defined syswrite($socket, 'x') and die "it is not broken\n";
print $!{EPIPE} ? "EPIPE\n" : "$!\n";
EOP
my $address = qr/127\.0\.0\.1:\d+/;
for my $case ([ tcp => 6, 1, qr/tcp $address -> $address/ ], [ mptcp => 262, 1, qr/mptcp $address -> $address/ ],
    [ 'a socket that was never connected', 6, 0, qr/tcp 0\.0\.0\.0:0/ ])
{
    my ($name, $protocol, $connects, $told) = @$case;
SKIP: {
        my $control = run([ $^X, '-e', $perl, $protocol, $connects ]);
        skip "no $name here", 3 if $control->{exit} == 77;
        ok(died_by_sigpipe($control), "$name: control dies by SIGPIPE") or diag(outcome($control));
        my $result = run([ epipe('--log=stderr'), $^X, '-e', $perl, $protocol, $connects ]);
        is($result->{out}, "EPIPE\n", "$name: lives") or diag(outcome($result));
        like($result->{err}, qr/ on descriptor \d+ \(socket:\[\d+\] $told\)/, "$name: the addresses");
    }
}

# Every line of a trace goes to syslog with its tag, in a datagram of its own.
SKIP: {
    my @private = private_dev() or skip 'no mount namespace to be had', 6;
    my ($plain, $traced) = map { run([ @private, logged(epipe('--log=syslog', @$_), $write, 'write', 'unix') ]) }
        [], ['--trace'];
    my $tag = qr/<30>epipe\[\d+\]: /;
    like($plain->{out}, qr/\A[^\[\n]*\n\[${tag}broken: [^\n]*\n\]\n\z/, 'syslog: one datagram (control)') or diag(outcome($plain));
SKIP: {
        skip 'a sanitizer is on the stack', 1 if sanitized();
        skip 'no unwinder here', 1 if $traced->{out} =~ /cannot be told/;
        like($traced->{out}, qr/\A[^\[\n]*\n\[${tag}broken: [^\n]*\n\]\n(?:\[$tag    \S+: \w*\+0x[0-9a-f]+\n\]\n)+\z/, 'a trace: the tag on each')
            or diag(outcome($traced));
    }
    # Without room for its socket the line is lost.
    my $full = 'use POSIX (); use Errno; socketpair A, B, 1, 1, 0; close B; my $last; while (defined(my $fd = POSIX::dup(0))) { $last = $fd }'
        . ' POSIX::close($last) if shift; syswrite A, "x"; print $!{EPIPE} ? "EPIPE\n" : "$!\n"';
    for my $room (1, 0) {
        my $result = run([ @private, logged('sh', '-c', 'ulimit -n 100; exec "$@"', 'sh',
                    epipe('--log=syslog'), $^X, '-e', $full, $room) ]);
        like($result->{out}, qr/^EPIPE$/m, 'room for ' . ($room ? 'a socket' : 'none') . ': lives') or diag(outcome($result));
        is(scalar(() = $result->{out} =~ /SIGPIPE swallowed/g), $room, 'room for ' . ($room ? 'a socket: a line' : 'none: none'));
    }
}

done_testing;
