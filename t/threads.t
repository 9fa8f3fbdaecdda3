#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# L2 and L4 under load: eight threads in scopes, and another process that sends
# SIGPIPE. Every foreign signal is seen once, no own one, no mask is left changed.
# And L6: the same under the preload shim.  TEST_STRESS_SECONDS says for how long.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $probe = probe('stress');
my $seconds = $ENV{TEST_STRESS_SECONDS} // 4;

for my $mode (qw(mask install)) {
    for my $prefix ([ wrapped() ], [ epipe() ]) {
        my $under = "@$prefix" =~ /epipe/ ? ', under the shim' : '';
        next if $under && (wrapped() || sanitized());
        my $result = run([ @$prefix, $probe, $under ? int(($seconds + 1) / 2) : $seconds, $mode ], limit => 120 + $seconds);
        is($result->{out}, "seen == sent, own 0, scopes many\n", "scopes by $mode$under")
            or diag(outcome($result));
        is($result->{exit}, 0, "and ends well$under") or diag($result->{err});
        note($result->{err});
    }
}

done_testing;
