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

# In a machine of its own it is a failure if no test of an attach has run.
write_file("$directory/attach-$_.t", $_ eq 'skipped' ? "print qq(1..0 # SKIP not here\\n);\n" : "print qq(1..1\\nok 1\\n);\n")
    for qw(skipped run);
for my $case ([ 1, 300, 'skipped' ], [ 0, 300, 'skipped', 'run' ], [ 0, undef, 'skipped' ]) {
    my ($status, $limit, @names) = @$case;
    mkdir "$directory/attaches";
    unlink "$directory/attaches/results";
    my $suite = run([ "$matrix/suite", "$directory/attaches", 10, map { "$directory/attach-$_.t" } @names ], env => { MATRIX_LIMIT => $limit });
    is($suite->{exit}, $status, "tests of an attach, @names: $status" . ($limit ? '' : ' on a machine that is not its own'));
    is(read_file("$directory/attaches/results") =~ /^attach\t0\t1\t0\tno test of an attach was run$/m || 0, $status, 'and it says so, or not');
}

# As if the machine had been stopped before the last test.
write_file("$directory/suite", "#!/bin/sh\nexec '$matrix/suite' \"\$1\" \"\$2\" \"\$3\"\n", 0755);
symlink "$matrix/$_", "$directory/$_" for qw(boot kernel);
run([ 'cp', "$matrix/run", "$directory/run" ]);
$ran = run([ "$directory/run", "$directory/stopped", 'here' ], env => { MATRIX_TESTS => 'edge-cases sandbox' }, limit => 120);
is($ran->{exit}, 1, 'a test without a result: exit status 1') or diag(outcome($ran));
like($ran->{out}, qr/^here: no result of sandbox$/m, 'and it says which');

done_testing;
