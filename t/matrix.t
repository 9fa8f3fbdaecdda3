#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# What `make check-matrix` says is what happened: on this kernel, with one short test,
# with one that fails, and where the suite came to an end before its time.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $matrix = "$SOURCE/qa/matrix";
my $directory = scratch();

sub said {
    my (@tests) = @_;
    my $ran = run([ "$matrix/run", $directory, 'here' ], env => { MATRIX_TESTS => "@tests" }, limit => 120);
    return ($ran, run([ "$matrix/table", $directory ])->{out});
}

my ($ran, $table) = said('edge-cases');
is($ran->{exit}, 0, 'a test that passes: exit status 0') or diag(outcome($ran));
like($ran->{out}, qr/^here: all passed$/m, 'and it says so');
like($table, qr/^\| edge-cases \| \d+(?:, \d+ skipped)? \|$/m, 'the table says how many cases passed');

($ran, $table) = said('no-such-test');
is($ran->{exit}, 1, 'a test that fails: exit status 1');
like($ran->{out}, qr/^here: some failed$/m, 'and it says so');
like($table, qr/^\| no-such-test \| 0, \*\*\S.*\*\* \|$/m, 'the table says why');
like($table, qr/^\| edge-cases \| \d/m, 'what is not repeated keeps its result');

# As if the machine had been stopped before the last test.
write_file("$directory/suite", "#!/bin/sh\nexec '$matrix/suite' \"\$1\" \"\$2\" \"\$3\"\n", 0755);
symlink "$matrix/$_", "$directory/$_" for qw(boot kernel);
run([ 'cp', "$matrix/run", "$directory/run" ]);
$ran = run([ "$directory/run", "$directory/stopped", 'here' ], env => { MATRIX_TESTS => 'edge-cases sandbox' }, limit => 120);
is($ran->{exit}, 1, 'a test without a result: exit status 1') or diag(outcome($ran));
like($ran->{out}, qr/^here: no result of sandbox$/m, 'and it says which');

done_testing;
