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

sub cases {
    my ($unit, $under, @prefix) = @_;
    my $program = "$BUILD/t/unit/$unit";
SKIP: {
        skip "$unit: cmocka was not there at configure time", 1 if !-x $program;
        my $result = run([ @prefix, $program ],
            env => { CMOCKA_MESSAGE_OUTPUT => 'TAP', EPIPE_TEST_UNDER_SHIM => $under ? 1 : undef });
        my ($planned) = $result->{out} =~ /^1\.\.(\d+)/m;
        my @passed = $result->{out} =~ /^ok \d+ - (.*)/mg;
        my $skipped = () = $result->{out} =~ /^ok \d+ # SKIP/mg;
        my @failed = $result->{out} =~ /^not ok \d+ - (.*)/mg;
        pass("$unit: $_$under") for @passed;
        fail("$unit: $_$under") for @failed;
        note("$unit: $skipped skipped$under") if $skipped;
        ok($result->{exit} == 0 && $planned && $planned == @passed + $skipped, "$unit: every case ran and passed$under")
            or diag(outcome($result), "\n$result->{err}");
    }
    return;
}

cases($_, '', wrapped()) for qw(mask policy scopes install child);

# L6: under the shim everything works as without it.
SKIP: {
    skip 'the shim cannot be where the sanitizer or valgrind is', 1 if sanitized() || wrapped();
    cases($_, ', under the shim', epipe('--children=none')) for qw(mask scopes install child);
}

done_testing;
