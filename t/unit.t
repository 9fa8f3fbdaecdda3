#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The cmocka programs under t/unit/, each a subtest that repeats its TAP.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

for my $unit (qw(mask policy scopes install child)) {
    my $program = "$BUILD/t/unit/$unit";
SKIP: {
        skip "$unit: cmocka was not there at configure time", 1 if !-x $program;
        my $result = run([ wrapped(), $program ], env => { CMOCKA_MESSAGE_OUTPUT => 'TAP' });
        my ($planned) = $result->{out} =~ /^1\.\.(\d+)/m;
        my @passed = $result->{out} =~ /^ok \d+ - (.*)/mg;
        my @failed = $result->{out} =~ /^not ok \d+ - (.*)/mg;
        pass("$unit: $_") for @passed;
        fail("$unit: $_") for @failed;
        ok($result->{exit} == 0 && $planned && $planned == @passed, "$unit: every case ran and passed")
            or diag(outcome($result), "\n$result->{err}");
    }
}

done_testing;
