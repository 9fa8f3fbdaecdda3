#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# What a scope costs, in system calls: three for an outermost one, none for a nested
# one, none for any after epipe_install().

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

plan skip_all => 'strace is not installed' if !have('strace');
plan skip_all => 'a sanitizer makes calls of its own' if sanitized();

my $probe = probe('scope-count');
my $trace = scratch() . '/trace';

for my $case ([ outermost => 300 ], [ nested => 0 ], [ installed => 0 ]) {
    my ($kind, $expected) = @$case;
    unlink $trace;
    my $result = run([ 'strace', '-qq', '-o', $trace, $probe, $kind ]);
    SKIP: {
        open(my $fh, '<', $trace) or skip "strace may not trace here: $result->{err}", 1;
        my @lines = <$fh>;
        my ($first, $last) = grep { $lines[$_] =~ /^write\(-1, "mark"/ } 0 .. $#lines;
        skip "strace may not trace here: $result->{err}", 1 if !defined $last;
        is($last - $first - 1, $expected, "a hundred scopes, $kind: $expected system calls");
    }
}

done_testing;
