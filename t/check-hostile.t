#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --check on files that are damaged, or out to harm whoever reads them: a plain
# answer, soon, in little memory, and the kernel's own.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckTest;
use EpipeTest;
use Test::More;

my $dynamic = build('dynamic') or BAIL_OUT('no program can be built');
my $head = read_file($dynamic);
my $big_endian = ord(substr $head, 5, 1) == 2;
my $short = $big_endian ? 'n' : 'v';
my $is64 = ord(substr $head, 4, 1) == 2;
my $phoff = $is64 ? 64 : 52;
my $phsize = $is64 ? 56 : 32;
my $wide = ($is64 ? 'Q' : 'L') . ($big_endian ? '>' : '<');
for my $size (1, 4, 15, 16, $phoff - 1, $phoff, $phoff + $phsize - 1) {
    my $result = check(file("cut-$size", substr $head, 0, $size));
    like($result->{exit}, qr/^[02]$/, "the first $size bytes: an answer");
    like($result->{out}, qr/damaged|another architecture|^interpreter/m, 'that says what they are')
        or diag(outcome($result));
}

# The sample with its PT_INTERP, or a member of its header, changed.
sub patched {
    my ($name, $at, $bytes) = @_;
    my $text = $head;
    substr $text, $at, length $bytes, $bytes;
    return file($name, $text);
}

sub interp_header {
    my $count = unpack $short, substr $head, $is64 ? 56 : 44, 2;
    for my $i (0 .. $count - 1) {
        my $at = $phoff + $i * $phsize;
        return $at if unpack($big_endian ? 'N' : 'V', substr $head, $at, 4) == 3;
    }
    return;
}
my $interp = interp_header();
my ($offset_at, $size_at) = $is64 ? ($interp + 8, $interp + 32) : ($interp + 4, $interp + 16);
my $top = $is64 ? ~0 : 0xffffffff;
my $damaged = qr/${cannot}is a damaged ELF file/;
says('PT_INTERP beyond the end', patched('beyond', $offset_at, pack $wide, 1 << 30), 2, $damaged);
says('PT_INTERP at an offset that wraps', patched('wrap', $offset_at, pack $wide, $top - 3), 2, $damaged);
says('PT_INTERP of an enormous size', patched('enormous', $size_at, pack $wide, $top), 2, $damaged);
says('PT_INTERP of no size', patched('no-size', $size_at, pack $wide, 0), 2, $damaged);
my ($interp_offset, $interp_size) = map { unpack $wide, substr $head, $_, $is64 ? 8 : 4 } $offset_at, $size_at;
says('PT_INTERP without an end', patched('endless', $interp_offset + $interp_size - 1, 'x'), 2, $damaged);
my $many = patched('many', $is64 ? 56 : 44, "\xff\xff");
truncate $many, 5 << 20; # all of them are there, as zeros
says('65535 program headers', $many, 2, $damaged);
says('no program header', patched('none', $is64 ? 56 : 44, "\0\0"), 2, $damaged);
SKIP: {
    my $far = build('far', '-Wl,--dynamic-linker=/' . 'x' x 300) or skip 'no such program can be built', 1;
    unlike(check($far)->{out}, qr/^loader/m, 'a loader whose name is long is not named');
}
says('sections somewhere else', patched('sections', $is64 ? 40 : 32, pack $wide, $top), 0, $can);
says('sections without names', patched('names', $is64 ? 62 : 50, "\xff\xff"), 0, $can);
isnt(run(["$dir/$_"])->{exit}, 7, "control: the kernel refuses it: $_") for qw(beyond wrap enormous no-size endless many none);
is(run(["$dir/$_"])->{exit}, 7, "control: the kernel takes it: $_") for qw(sections names);

SKIP: {
    skip 'a sanitizer takes address space of its own', 2 if sanitized();
    skip 'made for 64 bits, least byte first', 2 if !$is64 || $big_endian;
    my $sparse = patched('sparse', 40, pack 'Q<', 1 << 20);
    open(my $fh, '+<', $sparse) or die "$sparse: $!";
    sysseek $fh, 60, 0;
    syswrite $fh, pack 'v2', 0, 0; # their number is in the first section
    sysseek $fh, (1 << 20) + 32, 0;
    syswrite $fh, pack 'Q<', 100_000_000;
    truncate $fh, (1 << 20) + 64 * 100_000_000 or skip "no sparse file of 6 GB: $!", 2;
    close $fh;
    my $result = run([ 'sh', '-c', 'ulimit -v 200000; exec "$@"', 'sh', epipe('--check'), $sparse ], limit => 10);
    is($result->{exit}, 0, 'a hundred million sections in a sparse file: an answer in 200 MB')
        or diag(outcome($result));
    unlink $sparse;
    cmp_ok(length $result->{out}, '<', 1000, 'and a short one');
}

done_testing;
