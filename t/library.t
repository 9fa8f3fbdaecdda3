#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The library as an object: it exports what its map says and the header declares,
# needs libc alone, and its archive adds no name that is not its own.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Sources;
use Test::More;

plan skip_all => 'a sanitizer adds symbols and libraries' if sanitized();
plan skip_all => 'readelf and nm (binutils) are not installed' if !have('readelf') || !have('nm');

my $library = "$BUILD/.libs/libepipe.so";
my @listed = map_names('lib/libepipe.map');
my $wide = length(pack 'l!', 0) == 8;    # where off_t has one width
my @expected = grep { !$wide || $_ ne 'epipe_sendfile64' } @listed;

my @exported = map { (split)[-1] =~ s/@.*//r } grep { / T / } split /\n/,
    run([ 'nm', '-D', '--defined-only', $library ])->{out};
is_deeply([ sort @exported ], \@expected, 'the exported symbols are those of the map');

my $header = read_file("$SOURCE/include/epipe.h") =~ s{/\*.*?\*/}{}gsr;
my %declared = map { $_ => 1 } $header =~ /^(?!static|#)[\w *]*?\b(epipe_\w+)\(/mg;
is_deeply([ grep { !$declared{$_} } grep { $_ ne 'epipe_sendfile64' } @listed ], [],
    'and each of them is declared');

my $dynamic = run([ 'readelf', '-dW', $library ])->{out};
like($dynamic, qr/\(SONAME\).*\[libepipe\.so\.0\]/, 'the soname');
is_deeply([ $dynamic =~ /\(NEEDED\).*\[(.*)\]/g ], ['libc.so.6'], 'libc is all it needs');
like(run([ 'readelf', '-VW', $library ])->{out}, qr/EPIPE_0\.1/, 'one version node');

my @global = map { (split)[-1] } grep { / [TDBRC] / } split /\n/,
    run([ 'nm', '--defined-only', "$BUILD/.libs/libepipe.a" ])->{out};
cmp_ok(scalar @global, '>', 20, 'control: the archive defines names');
is_deeply([ grep { !/^epipe_|^__x86\./ } @global ], [], 'and each begins with epipe_, but for gcc of i386');

done_testing;
