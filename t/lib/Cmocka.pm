# SPDX-License-Identifier: MIT
#
# The cases of the API-level tests, which are programs of cmocka's, as cases of a Perl test.

package Cmocka;

use strict;
use warnings;
use EpipeTest;
use Exporter qw(import);
use Test::More ();

our @EXPORT = qw(cmocka_cases);

# Runs the cmocka program $BUILD/t/unit/UNIT behind PREFIX and repeats its TAP, each
# case as a test called after NAME; that every case ran is a test too. HOW is for run().
sub cmocka_cases {
    my ($unit, $name, $how, @prefix) = @_;
    my $program = "$BUILD/t/unit/$unit";
SKIP: {
        Test::More::skip("$unit: cmocka was not there at configure time", 1) if !-x $program;
        Test::More::skip("$unit: starts too many processes for an emulated machine", 1)
            if grep { $_ eq $unit } split / /, $ENV{MATRIX_WITHOUT} // '';
        my $result = run([ @prefix, $program ], %$how,
            env => { CMOCKA_MESSAGE_OUTPUT => 'TAP', %{ $how->{env} // {} } });
        my ($planned) = $result->{out} =~ /^1\.\.(\d+)/m;
        # Of one that is skipped cmocka says "ok" or "not ok", and the name on either side.
        my @skipped = map { s/ *# SKIP */ /r =~ s/^[- ]+| +$//gr } $result->{out} =~ /^(?:not )?ok \d+ (.*# SKIP.*)/mg;
        my @passed = grep { !/# SKIP/ } $result->{out} =~ /^ok \d+ - (.*)/mg;
        my @failed = grep { !/# SKIP/ } $result->{out} =~ /^not ok \d+ - (.*)/mg;
        Test::More::pass("$name: $_") for @passed;
        Test::More::fail("$name: $_") for @failed;
        for my $case (@skipped) {
          SKIP: { Test::More::skip("$name: $case: is not for here", 1) }
        }
        Test::More::ok($result->{exit} == 0 && $planned && $planned == @passed + @skipped,
            "$name: every case ran and passed")
            or Test::More::diag(outcome($result), "\n$result->{err}");
    }
    return;
}

1;
