#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The limit of --log: ten lines in a second of the clock, and not one that is neither
# written nor counted: in threads, in children, at the end, on a log that fills up.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $repeat = probe('many-writes');
my $dir = scratch();

# How many lines TEXT has and how many of them count others, how many these are, and
# what is neither; of the process PID only, if one is given.
sub told {
    my ($text, $pid) = @_;
    my %told = (lines => 0, notes => 0, more => 0, other => 0);
    for my $line (split /\n/, $text) {
        next if $pid && $line !~ /epipe\[$pid\]/;
        if ($line =~ /SIGPIPE swallowed/) { $told{lines}++ }
        elsif ($line =~ /^\S+Z epipe\[\d+\]: \S+: \.\.\. and (\d+) more$/) { $told{notes}++; $told{more} += $1 }
        else { $told{other}++ }
    }
    return \%told;
}

sub pids {
    my ($text) = @_;
    my %seen;
    return grep { !$seen{$_}++ } $text =~ /epipe\[(\d+)\]/g;
}

ok(died_by_sigpipe(run([ $repeat, 'many', 1 ])), 'control: dies without epipe');
is_deeply(told(run([ epipe('--log=stderr'), $repeat, 'many', 7 ])->{err}),
    { lines => 7, notes => 0, more => 0, other => 0 }, 'control: a few lines are all written');

# As many as no machine tells one by one. The probe says at which seconds of the clock
# it began and ended.
for my $case ([ many => 20_000, 20_000 ], [ threads => 2_500, 20_000 ]) {
    my ($what, $count, $all) = @$case;
    my $result = run([ epipe('--log=stderr'), $repeat, $what, $count ], limit => 120);
    my $told = told($result->{err});
    my ($begin, $end) = $result->{out} =~ /^(\d+) (\d+)$/ or diag(outcome($result));
    is($told->{lines} + $told->{more}, $all, "$what: each is told or counted");
    cmp_ok($told->{lines}, '>=', 10, "$what: ten lines are written");
    cmp_ok($told->{lines}, '<=', 10 * ($end - $begin + 1), "$what: and ten a second at most");
    cmp_ok($told->{notes}, '<=', $end - $begin + 1, "$what: with one line a second about the rest");
    is($told->{other}, 0, "$what: and no line is broken");
}

# A forked child begins anew, and does not tell what its parent has not told yet. One of
# vfork shares its parent's memory, and count.
for my $how (qw(fork vfork)) {
    my $result = run([ epipe('--log=stderr'), $repeat, $how, 5000, 3 ], limit => 120);
    my ($parent, $child) = pids($result->{err});
    my $of_parent = told($result->{err}, $parent);
    if ($how eq 'fork') {
        is_deeply(told($result->{err}, $child), { lines => 3, notes => 0, more => 0, other => 0 },
            'fork: a child writes its first lines, and no more');
        is($of_parent->{lines} + $of_parent->{more}, 5000, 'fork: the parent tells all of its own');
    }
    else {
        my $all = told($result->{err});
        is($all->{lines} + $all->{more}, 5003, 'vfork: each is told or counted');
    }
    cmp_ok($of_parent->{more}, '>', 0, "$how: control: the parent has some to count");
}

# At a death by a signal of a write's own. What is kept is standard output here.
my $dying = run([ 'perl', '-e', 'pipe R, W; close R; open STDOUT, ">&", \*W; exec @ARGV', epipe('--log=stderr'),
        'perl', '-e', 'socketpair A, B, 1, 1, 0; close B; syswrite A, "x" for 1 .. 5000; syswrite STDOUT, "x"' ]);
my $told = told($dying->{err});
ok(died_by_sigpipe($dying), 'a write to a kept descriptor kills') or diag(outcome($dying));
is($told->{lines} + $told->{more}, 5000, 'and before that the rest is told');

# Where there is no room for the line about the rest, the rest is kept until there is.
SKIP: {
    my $log = "$dir/full/log";
    mkdir "$dir/full";
    # It takes a change of the second for the count to be tried on the full file.
    my $fill = 'use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC); open F, ">", "$ARGV[0]";'
        . ' syswrite F, "x" x 4096; socketpair A, B, 1, 1, 0; close B;'
        . ' my $begin = int clock_gettime(CLOCK_MONOTONIC); my ($writes, $seconds) = (0, 0);'
        . ' while ($seconds < 2) { syswrite A, "x" for 1 .. 100; $writes += 100;'
        . ' $seconds = int(clock_gettime(CLOCK_MONOTONIC)) - $begin }'
        . ' truncate F, 0; syswrite STDOUT, "$writes writes in $seconds\n"';
    my $job = run([ 'unshare', $> == 0 ? '-m' : '-rm', 'sh', '-c',
            'mount -t tmpfs -o size=4k none "$0" || exit 99; "$@"; cat "$0/log"', "$dir/full",
            'env', 'LD_PRELOAD=' . join(':', grep { defined && length } $ENV{LD_PRELOAD}, shim()),
            "EPIPE_LOG=$log", 'perl', '-e', $fill, $log ]);
    skip 'no file system to be mounted', 2 if $job->{exit} == 99 || $job->{err} =~ /unshare/;
    # The lines are lost with the room that they had not; the count is not.
    my ($writes, $seconds) = $job->{out} =~ /^(\d+) writes in (\d+)$/m or diag(outcome($job));
    my ($more) = $job->{out} =~ /\.\.\. and (\d+) more/ or diag(outcome($job));
    cmp_ok($more, '>=', $writes - 10 * ($seconds + 1), 'a count that could not be written is written later');
    cmp_ok($more, '<=', $writes - 10, 'control: and it is a count of those without a line');
}

done_testing;
