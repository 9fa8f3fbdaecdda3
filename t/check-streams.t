#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --check PID: what standard output and error of a process are, and what becomes of a
# write that finds them broken; and the counters of a shim, read from the process.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Attach qw(finish read_until start);
use EpipeTest;
use Peer qw(pair);
use Test::More;

my $dir = scratch();
my $stand = probe('idle-process');

# What its standard output and error are, and what becomes of a write that finds them broken.
{
    my ($reader, $log) = pair('pipe');
    my ($peer, $socket) = pair('socketpair');
    my ($far, $one_way) = pair('socketpair');
    chmod(0200, $one_way) or die "chmod: $!";
    for my $case (
        [ 'a pipe: it kills', $log, [], 'pipe:\[\d+\]; kills when it breaks, unless epipe has --keep=stages' ],
        [ 'a pipe: under epipe, too', $log, [ epipe() ], 'pipe:\[\d+\]; kills when it breaks, unless epipe has --keep=stages' ],
        [ 'a pipe, by --service', $log, [ epipe('--service') ], 'pipe:\[\d+\]; protected' ],
        [ 'a pipe, by --keep=2', $log, [ epipe('--keep=2') ], 'pipe:\[\d+\]; kills when it breaks, unless epipe has --keep=stages' ],
        [ 'a pipe, by --keep=1', $log, [ epipe('--keep=1') ], 'pipe:\[\d+\]; protected' ],
        [ 'a pipe, by --keep=inherited', $log, [ epipe('--keep=inherited') ], 'pipe:\[\d+\]; kills when it breaks, unless epipe has --keep=stages' ],
        [ 'a one-way socket, by --keep=stdio', $one_way, [ epipe('--keep=stdio') ], 'socket:\[\d+\]; kills when it breaks, unless epipe has --keep=stages' ],
        [ 'a one-way socket, by --keep=inherited', $one_way, [ epipe('--keep=inherited') ], 'socket:\[\d+\]; protected' ],
        [ 'a pipe, by --keep=stages', $log, [ epipe('--keep=stages') ], 'pipe:\[\d+\]; protected' ],
        [ 'a pipe, by --keep=7', $log, [ epipe('--keep=7') ], 'pipe:\[\d+\]; protected' ],
        [ 'a socket', $socket, [], 'socket:\[\d+\]; protected under epipe' ],
        [ "the journal's socket", $socket, [ 'env', 'JOURNAL_STREAM=' . join(':', (stat $socket)[0, 1]) ], "socket:\\[\\d+\\], the journal's; protected under epipe" ],
        [ 'a file', undef, [], '/\S+' ],
    ) {
        my ($name, $error, $wrapper, $line) = @$case;
        open(my $saved, '>&', \*STDERR) or die $!;
        open(STDERR, '>&', $error // do { open(my $file, '>', "$dir/err"); $file }) or die $!;
        my $target = start([ @$wrapper, $stand, 'default' ], ready => 0);
        open(STDERR, '>&', $saved) or die $!;
        read_until($target, qr/\n/);
        my $out = run([ epipe('--check'), $target->{pid} ])->{out};
        like($out, qr/^standard error: $line$/m, "standard error is $name") or diag($out);
        like($out, qr/^standard output: pipe:/m, "standard error is $name: and standard output a pipe");
        finish($target);
    }
    my $target = start([ $stand, 'ignore' ], ready => 0);
    read_until($target, qr/\n/);
    like(run([ epipe('--check'), $target->{pid} ])->{out}, qr/^standard output: pipe:\[\d+\]$/m,
        'where it ignores the signal nothing is said of a break (control)');
    finish($target);
}

# The counters of a shim, read from the process: what became of its signals.
{
    my $count = sub {
        my ($code, @options) = @_;
        my $target = start([ epipe(@options), 'perl', '-e', "use Socket; \$| = 1; $code; print qq(ready \$\$\\n); <STDIN>" ]);
        my ($line) = run([ epipe('--check'), $target->{pid} ])->{out} =~ /^signals: (.*)$/m;
        finish($target);
        return $line // 'no line';
    };
    my $break = 'socketpair A, B, AF_UNIX, SOCK_STREAM, 0; close B; send A, "x", 0 for 1 .. 3; pipe R, W; close R; syswrite W, "x" for 1 .. 4';
    my $none = '0 swallowed (pipe 0, socket 0, other or not asked 0), 0 let through, since it was executed or forked';
    is($count->(''), $none, 'a shim: no signal');
    is($count->($break), '7 swallowed (pipe 4, socket 3, other or not asked 0), 0 let through, since it was executed or forked', 'a shim: seven');
    is($count->($break, '--keep=none'), '7 swallowed (pipe 0, socket 3, other or not asked 4), 0 let through, since it was executed or forked',
        'a shim that asks for nothing');
    is($count->($break, '--keep=none', '-S', "--log=$dir/log"), '7 swallowed (pipe 4, socket 3, other or not asked 0), 0 let through, since it was executed or forked',
        'the same with a summary asks');
    is($count->("$break; \$pid = fork; if (\$pid) { <STDIN>; exit }"), $none, 'a forked child: none of its own');
}

done_testing;
