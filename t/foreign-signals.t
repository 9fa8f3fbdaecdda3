#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# P4: a SIGPIPE that a write of this process did not raise acts as without the shim,
# whoever sends it and however.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $probe = probe('foreign');
my @own = qw(kill killpg raise pthread_kill sigqueue rawkill tgkill pidfd timer thread-kill
    thread-killpg thread-pidfd busy-kill epipe-first epipe-thread);

for my $how (@own) {
    keeps_dying("sent by $how", [ $probe, $how ]);
    for my $options ([], ['--handlers=override']) {
        my $result = run([ epipe(@$options), $probe, $how, 'handle' ], limit => 20);
        is($result->{out}, "alive, handled 1\n", "sent by $how: a handler runs once @$options")
            or diag(outcome($result));
    }
}

# From outside: the process says its pid, and we send.
sub dies_of_signal_from_outside {
    my ($name, $command, $blocks) = @_;
    my $pid = open(my $out, '-|', @$command) // die "fork: $!";
    chomp(my $target = <$out>);
    until_true(sub { read_file("/proc/$target/stat") =~ /\) S / }) if $blocks;
    ok(kill('PIPE', $target), "$name: sent");
    close $out;
    is($? & 127, 13, "$name: dies by SIGPIPE");
    return;
}

for my $prefix ([], [ epipe() ]) {
    my $name = @$prefix ? 'under epipe' : 'control';
    dies_of_signal_from_outside("from outside, $name", [ @$prefix, $probe, 'wait' ], 0);
    dies_of_signal_from_outside("in a blocked write, $name", [ @$prefix, $probe, 'blocked-write' ], 1);
}

# At the very moment when a write of a forked child has failed.
SKIP: {
    skip 'a sanitizer watches what is traced', 1 if sanitized();
    my $ptraced = probe('ptraced');
    my ($control) = run([ $ptraced, 'kernel' ]);
    skip $control->{err}, 1 if $control->{exit} != 0;
    is($control->{out}, "killed by 13\n", "a child's own, with SI_KERNEL: control dies");
    is(run([ epipe(), $ptraced, 'kernel' ])->{out}, "exit 0\n", "a child's own, with SI_KERNEL: lives");
    for my $how (qw(kill outside)) {
        is(run([ @$_, $ptraced, $how ])->{out}, "killed by 13\n",
            "the parent's for a child, $how: kills " . (@$_ ? 'under epipe' : '(control)'))
            for [], [ epipe() ];
    }
}

done_testing;
