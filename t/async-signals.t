#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Life under signals: timers whose handlers write to the dead, cancellation and jumps out
# of writes, alternate stacks, forks from threads. With the shim as it comes and with all
# it has to say; by the library, its mask and its handler; and by both.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

# Handlers on small stacks, and frames that are left.
plan skip_all => 'a sanitizer takes jumps and cancellations out of frames for faults' if sanitized();

my $dir = scratch();
my @all = ("--log=$dir/log", '--trace', '--summary', '--give-up=1000000');
my @jobs = ([ 'async-signals' => 'timer' ], [ 'async-signals' => 'stack' ], [ 'async-signals' => 'forks' ], [ 'cancel-jump' => 'cancel' ]);

sub lives {
    my ($name, $result, $how) = @_;
    is(outcome($result), "exit 0, out: $how: ok\\n", "$how: lives $name");
    return;
}

for my $job (@jobs) {
    my ($probe, $how) = @$job;
    my $control = run([ probe($probe), $how ]);
    ok(died_by_sigpipe($control), "$how: control dies by SIGPIPE") or diag(outcome($control));
    lives('under epipe', run([ epipe(), probe($probe), $how ]), $how);
    unlink "$dir/log";
    lives('with all settings', run([ epipe(@all), probe($probe), $how ]), $how);
    open(my $log, '<', "$dir/log") or die "$dir/log: $!";
    my @lines = <$log>;
    ok(scalar(grep { /SIGPIPE swallowed/ } @lines), "$how: and with a log");
    is(scalar(grep { /summary/ } @lines), 1, "$how: and a summary");
    for my $guard (qw(mask install process)) {
        my %env = (env => { PROBE_GUARD => $guard });
        my $library = probe("$probe-library");
        lives("by the library, $guard", run([ $library, $how ], %env), $how);
        lives("by the library, $guard, under epipe", run([ epipe(@all), $library, $how ], %env), $how);
    }
}

# Jumps leave records and scopes behind; a hundred of them save nobody from a kill().
sub jumps_then_dies {
    my ($name, $result) = @_;
    ok(died_by_sigpipe($result) && $result->{out} eq "jump: ok\n", "jump: lives $name, until it is killed")
        or diag(outcome($result));
    return;
}

my $control = run([ probe('cancel-jump'), 'jump' ]);
ok(died_by_sigpipe($control) && $control->{out} eq '', 'jump: control dies at the first one');
jumps_then_dies('under epipe', run([ epipe(), probe('cancel-jump'), 'jump' ]));
jumps_then_dies('with all settings', run([ epipe(@all), probe('cancel-jump'), 'jump' ]));
for my $guard (qw(mask install process)) {
    my %env = (env => { PROBE_GUARD => $guard });
    jumps_then_dies("by the library, $guard", run([ probe('cancel-jump-library'), 'jump' ], %env));
    jumps_then_dies("by the library, $guard, under epipe", run([ epipe(@all), probe('cancel-jump-library'), 'jump' ], %env));
}

# What the shim needs of an alternate stack beside the kernel's frame; two of these where a
# handler on it writes. MINSIGSTKSZ may be less than a frame alone.
my %least = run([ probe('stack') ], limit => 240)->{out} =~ /^(\w+) (\d+)$/mg;
ok($least{empty} && !$least{default} && !$least{nested}, 'stack: control: without the shim none is large enough');
for my $with ([ 1024, epipe() ], [ 4096, epipe(@all) ]) {
    my ($room, @prefix) = @$with;
    my %size = run([ @prefix, probe('stack') ], limit => 240)->{out} =~ /^(\w+) (\d+)$/mg;
    ok($size{default} && $size{default} <= $least{empty} + $room, "stack: $room bytes do for the handler")
        or diag(explain(\%size));
    ok($size{nested} && $size{nested} <= 2 * $least{empty} + $room, "stack: and within a handler on it");
}

done_testing;
