#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# P1: no write kills, whichever path it takes.  Each call on each kind of dead
# descriptor: the control dies by SIGPIPE, under epipe it says EPIPE.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $broken = probe('broken');
my @calls = split ' ', run([ $broken, '--list' ])->{out};

# What these calls answer on a socket without being broken.
my %pipes_only   = map { $_ => 1 } qw(vmsplice tee);
my %sockets_only = map { $_ => 1 } qw(send __send sendto sendmsg sendmmsg perror);

for my $call (@calls) {
    for my $kind (qw(pipe fifo unix tcp)) {
        next if $pipes_only{$call}   && $kind =~ /unix|tcp/;
        next if $sockets_only{$call} && $kind =~ /pipe|fifo/;
        my $expect = $call eq 'exit' ? qr/^exit: flushing$/m
            : $call eq 'perror'      ? qr/^perror: 0 ok$/m
            :                          qr/^\Q$call\E: -1 EPIPE$/m;
        dies_then_lives("$call on a dead $kind", [ $broken, $call, $kind ], $expect);
    }
}

# A pipe as standard error keeps the default action.
keeps_dying("perror on a dead $_", [ $broken, 'perror', $_ ]) for qw(pipe fifo);

# An EPIPE that comes without a signal is the same with and without.
for my $call (qw(write send)) {
    my @runs = map { run([ @$_, $broken, $call, 'seqpacket' ]) } [], [ epipe() ];
    is($_->{out}, "$call: -1 EPIPE\n", "$call on a dead seqpacket socket") for @runs;
}

# A short count that comes with SIGPIPE all the same.
for my $case (qw(write:pipe writev:pipe fwrite:pipe syscall:pipe sendmmsg:tcp
    sendfile:tcp)) {
    my ($call, $kind) = split /:/, $case;
    dies_then_lives("a short $call to a $kind", [ probe('partial'), $call, $kind ],
        qr/^\Q$call\E: short$/m);
}

SKIP: {
    my $uring = probe('uring');
    my $result = run([$uring]);
    skip "io_uring is not allowed here: $result->{out}", 4 if $result->{exit} == 77;
    dies_then_lives('io_uring', [$uring], qr/^io_uring: 1, completion EPIPE$/m);
    for my $prefix ('', join ' ', epipe()) {
        my $kept = shell("$prefix $uring stdout | exec true; echo \${PIPESTATUS[0]}");
        is($kept->{out}, "141\n", 'io_uring to stdout dies ' . ($prefix ? '' : '(control)'));
    }
}

done_testing;
