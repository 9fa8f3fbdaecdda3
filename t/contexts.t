#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# P6: broken writes in signal handlers, in fork and vfork children, on small
# stacks, under cancellation; nothing kept, nothing allocated.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my %probe = ((map { $_ => probe('interrupted') } qw(handler storm cancel pending longjmp)),
    map { $_ => probe('context') } qw(small altstack quiet oneshot fork vfork errno));

for my $where (qw(handler storm small altstack cancel quiet oneshot)) {
SKIP: {
        skip "$where: a sanitizer's frames are too large for it", 2 if $where eq 'altstack' && sanitized();
        skip "$where: the address sanitizer takes a cancelled frame for a live one", 2
            if $where eq 'cancel' && sanitized();
        dies_then_lives($where, [ $probe{$where}, $where ], qr/^$where: ok$/m);
    }
}

# Neither does the log make a cancellation point of what is none.
dies_then_lives('pending cancellation, with a log', [ $probe{pending}, 'pending' ], qr/^pending: ok$/m,
    options => ['--log=stderr']);

# The child dies, and the control says so.
for my $how (qw(fork vfork)) {
    my $without = run([ $probe{$how}, $how ]);
    like($without->{err}, qr/a child that lives/, "$how: control loses its child");
    my $with = run([ epipe(), $probe{$how}, $how ]);
    is($with->{out}, "$how: ok\n", "$how: child and parent live") or diag(outcome($with));
}

# A jump out of a write leaves a claim behind; it must neither kill the next
# write nor save the process from a kill().
my ($without, $with) = map { run([ @$_, $probe{longjmp}, 'longjmp' ]) } [], [ epipe() ];
ok(died_by_sigpipe($without) && $without->{out} eq '', 'longjmp: control dies in stdio');
ok(died_by_sigpipe($with) && $with->{out} eq "longjmp: stdio lived\n",
    'longjmp: stdio lives, kill() ends the process') or diag(outcome($with));

# Functions of the program's own by libc's names are not called by the handler.
for my $options ([], ['--log=stderr'], [ '--log=' . scratch() . '/log' ],
    sanitized() ? () : ['--only=own']) # a sanitizer's own wrapper is the caller
{
    dies_then_lives("own poll, fstat, open @$options", [ probe('own') ],
        qr/^write: -1\nsyscall: -1$/, options => $options);
}

# The first process of a PID namespace does not die of a signal at its default, and
# must not lose the protection of its children by trying.
SKIP: {
    my $job = 'pipe R, W; close R; open STDOUT, ">&", \*W; $| = 1; print "x"; socketpair A, B, 1, 1, 0;'
        . ' close B; my $pid = fork; if (!$pid) { syswrite A, "x"; exit 5 } waitpid $pid, 0; exit $? >> 8';
    my @first = ('unshare', '-pf');
    skip 'no PID namespace to be had', 2 if sanitized() || run([ @first, 'true' ])->{exit} != 0;
    is(run([ @first, 'perl', '-e', $job ])->{exit}, 0, 'first process: control loses its child');
    is(run([ @first, epipe(), 'perl', '-e', $job ])->{exit}, 5, 'first process: its child lives');
}

# errno after success. The control here is that the shim is there at all.
my $errno = run([ epipe(), $probe{errno}, 'errno' ]);
is($errno->{out}, "errno: ok\n", 'errno is kept on success') or diag(outcome($errno));

done_testing;
