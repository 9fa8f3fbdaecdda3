#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The descriptor that a line of the log is written by: never a standard stream's number,
# even where those are closed, and never left open, even by a signal handler that jumps.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Logger;
use Test::More;

my $dir = scratch();
my $probe = probe('log-descriptor');

# The same without luck: what is open under a number below 3 is O_PATH, and the log is not.
# The control: its number would be one of these.
SKIP: {
    skip 'strace is not installed', 3 if !have('strace');
    skip 'a sanitizer makes calls of its own', 3 if sanitized();
    my $job = 'socketpair(A, B, 1, 1, 0); close B; %s syswrite A, "x"';
    my $opened = sub {
        my ($log, $closing) = @_;
        my $result = run([ 'strace', '-qq', '-e', 'trace=openat,socket', '-o', "$dir/trace", epipe("--log=$log"),
                'perl', '-e', sprintf $job, $closing ]);
        my ($calls) = read_file("$dir/trace") =~ /^--- SIGPIPE.*?\n(.*)/ms;
        skip "strace may not trace here: $result->{err}", 3 if !defined $calls;
        return [ map { /^(openat|socket)\(.*?(O_PATH|$log|DGRAM).* = (\d+)/ ? "$2 $3" : $_ } split /\n/, $calls ];
    };
    is_deeply($opened->("$dir/traced", 'close $_ for *STDIN, *STDOUT, *STDERR;'),
        [ (map { "O_PATH $_" } 0 .. 2, 4), "$dir/traced 4" ], 'closed: where each is opened');
    is_deeply($opened->("$dir/traced", ''), [ 'O_PATH 4', "$dir/traced 4" ], 'control: not closed');
    is_deeply($opened->('syslog', 'close STDERR;'), [ 'O_PATH 2', 'O_PATH 4', 'DGRAM 4' ], 'closed: syslog likewise');
}

# A second thread writes to 0, 1 and 2 all the time; or it sends a signal to the first one when
# that has the log open. strace gives it the time.
SKIP: {
    my @slow = ('strace', split ' ', '-f -qq -e trace=openat,socket -e inject=openat,socket:delay_exit=20000 -o /dev/null');
    skip 'no strace that delays', 5 if sanitized() || run([ @slow, 'true' ])->{exit} != 0;
    my $closed = run([ epipe("--log=$dir/closed"), @slow, $probe, 'closed' ], limit => 60);
    is(outcome($closed), 'exit 0, out: closed: 0\n', 'closed: each write to a closed stream is EBADF');
    my $log = read_file("$dir/closed");
    cmp_ok(scalar(() = $log =~ /swallowed/g), '>=', 10, 'closed: control: there is a log');
    unlike($log, qr/intruder/, 'closed: with nothing in it that another thread wrote to standard error');
    for my $log ("$dir/jump", 'syslog') {
        my $jumped = run([ epipe("--log=$log"), @slow, $probe, 'jump' ], limit => 60);
        is(outcome($jumped), 'exit 0, out: jump: none after some\n', "jump, $log: no descriptor is left open");
    }
}

done_testing;
