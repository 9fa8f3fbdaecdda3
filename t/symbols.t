#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The shim as an object: it exports what its map says, needs libc alone, is bound
# at load time, has its thread-local storage in the initial block, and calls
# nothing that allocates or prints.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Sources;
use Test::More;

plan skip_all => 'a sanitizer adds symbols and libraries' if sanitized();
plan skip_all => 'readelf and nm (binutils) are not installed' if !have('readelf') || !have('nm');

my $shim = shim();
my @exported = map { (split)[-1] } grep { / [TWVDBi] / } split /\n/, run([ 'nm', '-D', '--defined-only', $shim ])->{out};
# Three names exist where a long has four bytes only, and a fourth in musl alone.
my @expected = grep { length(pack 'l!', 0) == 4 || !/^__(?:sendm+sg|sigtimedwait)64$/ } grep { !/_time64$/ } map_names('preload/preload.map');
is_deeply([ sort @exported ], \@expected, 'the exported symbols are those of the map');

my $dynamic = run([ 'readelf', '-dW', $shim ])->{out};
is_deeply([ $dynamic =~ /\(NEEDED\).*\[(.*)\]/g ], ['libc.so.6'], 'libc is all it needs')
    if $dynamic =~ /libc\.so\.6/;
like($dynamic, qr/\(FLAGS(_1)?\).*\bNOW\b/, 'bound at load time');
like($dynamic, qr/STATIC_TLS/, 'thread-local storage in the initial block');
unlike(run([ 'readelf', '-sW', $shim ])->{out}, qr/__tls_get_addr/, 'which no call resolves');
unlike(run([ 'readelf', '-lW', $shim ])->{out}, qr/GNU_STACK.*RWE/, 'the stack is not executable');

my @undefined = map { s/@.*//r } map { (split)[-1] } grep { / U / } split /\n/, run([ 'nm', '-D', $shim ])->{out};
cmp_ok(scalar @undefined, '>', 10, 'control: the calls it makes are seen');
# (calloc is for children=none, and dlopen to find libc, which is there, in the constructor.)
my %forbidden = map { $_ => 1 } qw(malloc realloc free exit _exit abort printf fprintf fputs
    fwrite puts perror setenv putenv __stack_chk_fail __fprintf_chk pthread_mutex_lock dladdr
    dl_iterate_phdr);
is_deeply([ grep { $forbidden{$_} } @undefined ], [], 'nothing that allocates later, prints, locks or exits');

# What is built on a new system is loaded on an older one: the floor is glibc 2.34, or the
# first that there was for this machine, which is the version of the plainest function.
sub newer_than_floor {
    my ($object, $floor) = @_;
    my @newer;
    for (split /\n/, run([ 'nm', '-D', $object ])->{out}) {
        my ($name, $minor) = /\b[Uwv] (\w+)(?:@+GLIBC_2\.(\d+))?/ or next;
        push @newer, $name if $name =~ /^__isoc23_/ || ($minor // 0) > $floor;
    }
    return @newer;
}
SKIP: {
    my ($first) = run([ 'nm', '-D', "$BUILD/.libs/libepipe.so" ])->{out} =~ / U write@+GLIBC_2\.(\d+)/;
    skip 'not for glibc', 4 if !defined $first;
    my $floor = $first > 34 ? $first : 34;
    is_deeply([ newer_than_floor($_, $floor) ], [], "$_ needs nothing newer than glibc 2.$floor" =~ s{.*/}{}r)
        for $shim, "$BUILD/.libs/libepipe.so";

    # Control: an object for a libc that has newer symbols, made here.
    my $dir = scratch();
    my @cc = (split(' ', $ENV{TEST_CC} // 'cc'), '-w', '-shared', '-fPIC', '-nostdlib');
    my $user = write_file("$dir/user.c", "void newer(void), __isoc23_strtoul(void);\n"
        . "void user(void) { newer(); __isoc23_strtoul(); }\n");
    write_file("$dir/libc.c", "void newer(void) {}\nvoid __isoc23_strtoul(void) {}\n");
    write_file("$dir/libc.map", "GLIBC_2.34 { __isoc23_strtoul; };\nGLIBC_2.99 { newer; };\n");
    run([ @cc, '-o', "$dir/libc.so.6", '-Wl,-soname,libc.so.6', "-Wl,--version-script=$dir/libc.map", "$dir/libc.c" ]);
    run([ @cc, '-o', "$dir/versions.so", $user, "$dir/libc.so.6" ]);
    run([ @cc, '-o', "$dir/none.so", $user ]);
    is_deeply([ sort(newer_than_floor("$dir/versions.so", $floor)) ], [qw(__isoc23_strtoul newer)],
        'control: newer symbols are found, by version and by name');
    is_deeply([ newer_than_floor("$dir/none.so", $floor) ], ['__isoc23_strtoul'], 'control: and by name alone');
}

done_testing;
