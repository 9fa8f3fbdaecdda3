#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# --log: one line for each swallowed signal; no descriptor is kept for it, and a
# log that cannot be written costs nothing but its line.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $dir = scratch();
my $write = probe('broken');
my $caller = sanitized() ? qr/\S+/ : 'broken'; # a sanitizer's wrapper calls ours
my $line = qr/epipe\[\d+\]: broken: SIGPIPE swallowed: write on descriptor \d+ \(socket:\[\d+\]\), called from $caller\+0x[0-9a-f]+\n/;

ok(died_by_sigpipe(run([ $write, 'write', 'unix' ])), 'control: dies without epipe');
is(run([ epipe(), $write, 'write', 'unix' ])->{err}, '', 'control: without --log nothing is said');
like(run([ epipe('--log=stderr'), $write, 'write', 'unix' ])->{err}, qr/\A$line\z/, 'stderr: one line');
my $stdio = run([ epipe('--log=stderr'), $write, 'fflush', 'unix' ]);
like($stdio->{err}, qr/\Aepipe\[\d+\]: broken: SIGPIPE swallowed: a call inside libc or a raw one on .*\n\z/,
    'stderr: a call that no wrapper saw');

my $file = "$dir/log";
run([ epipe("--log=$file"), $write, 'write', 'unix' ]) for 1, 2;
open(my $fh, '<', $file) or die "$file: $!";
like(join('', <$fh>), qr/\A$line$line\z/, 'a path: lines are appended');

# A log is not followed through a symbolic link, and none of these costs more
# than the line.
symlink '/dev/null', "$dir/link";
run([ 'mkfifo', "$dir/fifo" ]);
my %hopeless = ('a symbolic link' => "$dir/link", 'a directory' => $dir, 'a FIFO without a reader' =>
    "$dir/fifo", 'a directory that is not there' => "$dir/none/log", 'a full disk' => '/dev/full');
for my $name (sort keys %hopeless) {
    my $result = run([ epipe("--log=$hopeless{$name}"), $write, 'write', 'unix' ]);
    is($result->{out}, "write: -1 EPIPE\n", "$name as the log: the program lives");
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

# The number a log is written through is free again: nothing is kept open.
my $number = 'socketpair(A, B, 1, 1, 0); close B; syswrite A, "x"; opendir D, "/proc/self/fd";'
    . ' print join(" ", sort { $a <=> $b } grep { /\d/ && -e "/proc/self/fd/$_" } readdir D), "\n"';
my ($without, $with) = map { run([ @$_, 'perl', '-e', "\$SIG{PIPE} = q(IGNORE); $number" ]) }
    [], [ epipe("--log=$dir/again") ];
is($with->{out}, $without->{out}, 'no descriptor is kept');

# syslog: a datagram to /dev/log, in a mount namespace that has a /dev of its own.
SKIP: {
    my $dev = scratch();
    open(my $null, '>', "$dev/null") or die "$dev/null: $!"; # which perl wants
    my @private = ('unshare', '-m', 'sh', '-c', 'mount --bind "$0" /dev && exec "$@"', $dev);
    skip 'no mount namespace to be had', 1 if run([ @private, 'true' ])->{exit} != 0;
    my $listen = 'use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new(Local => "/dev/log",'
        . ' Type => SOCK_DGRAM) or die $!; system @ARGV; $s->blocking(0); $s->recv(my $d, 2048); print $d';
    my $syslog = run([ @private, 'perl', '-e', $listen, epipe('--log=syslog'), $write, 'write', 'unix' ]);
    like($syslog->{out}, qr/^<30>$line\z/m, 'syslog: one datagram') or diag(outcome($syslog));
}

done_testing;
