#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# What `make check-foreign` makes of results, here made-up ones: it sees a difference, a flaky
# test, an explanation that explains nothing, and that nobody noticed a bad shim.

use strict;
use warnings;
use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my @usual = qw(plain-1 shim-1 plain-2 shim-2);

# compare's answer to RESULTS, { SUITE => { RUN => TEXT } }, and EXPLAINED.
sub answer {
    my ($results, $explained) = @_;
    my $dir = scratch();
    for my $suite (keys %$results) {
        make_path("$dir/results/$suite");
        write_file("$dir/results/$suite/$_", $results->{$suite}{$_}) for keys %{ $results->{$suite} };
    }
    write_file("$dir/explained", $explained // "# nothing\n");
    return run([ $^X, "$SOURCE/qa/foreign/compare", "$dir/results", "$dir/explained" ]);
}

# A suite of three tests; CHANGES are the runs that differ.  `broken` is what a bad shim does.
sub suite {
    my (%changes) = @_;
    my $good = "one pass\ntwo pass\nthree fail\n";
    return { (map { ($_ => $good) } @usual), 'bad-broken' => "one fail\ntwo pass\nthree fail\n", %changes };
}

sub row { my ($result, $suite) = @_; return $result->{out} =~ /^(\| \Q$suite\E \|.*)/m ? $1 : '' }

my $good = answer({ a => suite() });
is($good->{exit}, 0, 'nothing differs, and the bad shim is noticed (control)') or diag(outcome($good));
is(row($good, 'a'), '| a | 3 | 3 | 0 | 0 | 0 | 0 | 1 |  |', 'and so it is written');
like($good->{out}, qr/^- `one`: pass, then fail$/m, 'with the test that notices');

my $other = "one pass\ntwo fail\nthree fail\n";
my %differs = ('shim-1' => $other, 'shim-2' => $other);
my $differs = answer({ a => suite(%differs) });
is($differs->{exit}, 1, 'a difference fails');
is(row($differs, 'a'), '| a | 3 | 2 | 1 | 0 | 0 | 0 | 1 |  |', 'is counted');
like($differs->{out}, qr/^- `two`: without pass, with fail: \*\*not explained\*\*$/m, 'and named');

my $explained = answer({ a => suite(%differs) }, "a: t.o: a good reason\n");
is($explained->{exit}, 0, 'one that is explained does not');
like($explained->{out}, qr/^- `two`: without pass, with fail: a good reason$/m, 'and is named with the reason');
for my $not ("b: two: another suite's\n", "a: tw: only a part of it\n", "a: three: of what does not differ\n") {
    is(answer({ a => suite(%differs) }, $not)->{exit}, 1, "not explained by: $not" =~ s/\n//r);
}

my $stale = answer({ a => suite() }, "a: two: what used to be\n");
is($stale->{exit}, 1, 'an explanation of nothing fails');
like($stale->{out}, qr/^- \*\*explained, and not there: a: two\*\*$/m, 'and is named');
is(answer({ a => suite() }, "b: two: a suite that was not run\n")->{exit}, 0, 'but not for a suite that was not run');
isnt(answer({ a => suite() }, "nonsense\n")->{exit}, 0, 'what cannot be read is no explanation');

my $flaky = answer({ a => suite('plain-2' => $other, 'shim-1' => $other) });
is($flaky->{exit}, 0, 'a flaky test is no difference');
is(row($flaky, 'a'), '| a | 3 | 2 | 0 | 0 | 1 | 0 | 1 |  |', 'but counted');
like($flaky->{out}, qr/^- `two`: without pass, fail; with fail, pass$/m, 'and named');

my $once = answer({ a => suite('shim-2' => $other) });
is(row($once, 'a'), '| a | 3 | 2 | 0 | 1 | 0 | 0 | 1 |  |', 'a difference in one of two runs is counted');
like($once->{out}, qr/^- `two`: without pass; with pass, fail$/m, 'and named');

my $missing = answer({ a => suite('shim-1' => "one pass\n", 'shim-2' => "one pass\n") });
is($missing->{exit}, 1, 'a test that is not there differs');
like($missing->{out}, qr/^- `three`: without fail, with missing/m, 'and is called missing');
is(row(answer({ a => suite(map { ($_ => "same pass\nsame fail\n") } @usual, 'bad-broken') }), 'a'),
    '| a | 2 | 2 | 0 | 0 | 0 | 0 | **cannot see a bad shim** |  |', 'two tests of one name are two tests');

my $blind = suite('bad-broken' => suite()->{'plain-1'});
my $unnoticed = answer({ a => $blind });
is($unnoticed->{exit}, 1, 'a bad shim that nobody notices fails');
like($unnoticed->{out}, qr/^- \*\*no suite notices the bad shim broken\*\*$/m, 'and is named');
like(row($unnoticed, 'a'), qr/cannot see a bad shim/, 'and so is the suite');
my $other_notices = answer({ a => $blind, b => suite() });
is($other_notices->{exit}, 0, 'one that another suite notices does not');
like(row($other_notices, 'a'), qr/cannot see a bad shim/, 'the suite is still named');
is(answer({ a => suite('plain-2' => $other, 'bad-broken' => $other) })->{exit}, 1, 'a flaky test notices nothing');
my %without = %{ suite() };
delete $without{'bad-broken'};
is(answer({ a => \%without })->{exit}, 1, 'nor is it enough to try no bad shim');

my $again = suite('again-broken' => suite()->{'bad-broken'});
is(answer({ a => $again })->{exit}, 0, 'it may notice the bad shim twice');
is(answer({ a => suite('again-broken' => suite()->{'plain-1'}) })->{exit}, 1, 'what it notices once it may have been by chance');

my $part = answer({ a => suite('bad-other' => suite()->{'bad-broken'}), b => suite() });
is($part->{exit}, 0, 'a bad shim that one suite was not run under has not been noticed by it');
is(row($part, 'b'), '| b | 3 | 3 | 0 | 0 | 0 | 0 | 1 | not run |  |', 'and is named');
my %unfinished = %{ suite() };
delete $unfinished{'shim-2'};
my $unfinished = answer({ a => \%unfinished });
is($unfinished->{exit}, 1, 'a suite that was not run to its end fails');
like(row($unfinished, 'a'), qr/\*\*not run: shim-2\*\*/, 'and says what is missing');

my $slow = answer({ a => suite(map { ($_ => "(ended) not in 5 s\none pass\n") } @usual, 'bad-broken') });
like($slow->{out}, qr/^- \*\*a: plain-2 ended not in 5 s\*\*$/m, 'nor is one that is always too slow as it should be');

my $absent = answer({ a => suite(), b => { 'not-available' => "apt-get install gcc\n" } });
is($absent->{exit}, 0, 'a suite that is not available does not fail');
like(row($absent, 'b'), qr/^\| b \| not available: apt-get install gcc \|/, 'but says why');
is(answer({ b => { 'not-available' => "no\n" } })->{exit}, 1, 'all of them do');
is(answer({ a => suite(), b => suite(map { ($_ => '') } @usual) })->{exit}, 1, 'and so does one without results');

done_testing;
