#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The fuzz targets on what `make fuzz` begins with, cut off and changed byte by byte,
# with t/fuzz/replay.c in the fuzzer's place.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $dir = scratch();
my $made = run([ 'sh', "$SOURCE/t/fuzz/seeds", $dir ], env => { CC => $ENV{TEST_CC} // 'cc' });
is($made->{exit}, 0, 'the inputs to begin with are made') or diag(outcome($made));

my %least = (target => 1000, shebang => 1000, settings => 300);
$least{procfs} = 1000 if can_enter();
for my $target (sort keys %least) {
    my @seeds = grep { !/static-pie|musl/ } glob "$dir/$target/*";
    my $result = run([ "$BUILD/t/fuzz/$target", @seeds ], limit => 120);
    is(outcome($result) =~ /^exit 0, out: (\d+) inputs/ && $1 >= $least{$target} ? 'ok' : outcome($result),
        'ok', "$target: no input does harm");
}

# Control: a target that reads one byte too far, or minds one value, is found out.
my $driver = "$SOURCE/t/fuzz/replay.c";
my %harm = ('a length' => 'size == 3', 'a byte of the head' => 'size == 5 && data[1] == 0x7f');
for my $name (sort keys %harm) {
    write_file("$dir/harm.c", "#include <stdlib.h>\n#include \"fuzz.h\"\n"
        . "int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)\n"
        . "{ if ($harm{$name}) abort(); return data == NULL; }\n");
    my @cc = split ' ', $ENV{TEST_CC} // 'cc';
    my $built = run([ @cc, '-o', "$dir/harm", "-I$SOURCE/t/fuzz", "$dir/harm.c", $driver ]);
    write_file("$dir/seed", 'abcde');
    is(run(["$dir/harm", "$dir/seed"])->{signal}, 6, "control: $name that does harm is found") or diag($built->{err});
}

done_testing;
