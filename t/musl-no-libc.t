#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# A program for musl's loader that needs no libc, as a Go program without cgo may be,
# starts under the shim as without; it is not protected.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $is_32 = architecture() eq 'i686';
my $loader = '/lib/ld-musl-' . ($is_32 ? 'i386' : 'x86_64') . '.so.1';
my $shim = "$BUILD/musl/libepipe-preload.so";
plan skip_all => 'the shim for musl was not built' if !-e $shim;
plan skip_all => "$loader is not installed" if !-e $loader;

my $dir = scratch();
my @cc = (split(' ', $ENV{TEST_CC} // 'cc'), $is_32 ? '-m32' : '-m64', '-O2', '-fPIC', '-nostdlib', '-fno-stack-protector');

sub build {
    my ($name, $text, @flags) = @_;
    my $built = run([ @cc, '-o', "$dir/$name", write_file("$dir/$name.c", $text), @flags ]);
    plan skip_all => "$cc[0] cannot build: $built->{err}" if $built->{exit} != 0;
    return "$dir/$name";
}

my $program = build('program', <<'END', '-pie', "-Wl,-dynamic-linker,$loader");
#ifdef __x86_64__
enum { WRITE = 1, EXIT = 60 };
static long call(long number, long a, const void *b, long c)
{
    __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return number;
}
#else
enum { WRITE = 4, EXIT = 1 };
static long call(long number, long a, const void *b, long c)
{
    __asm__ volatile("int $0x80" : "+a"(number) : "b"(a), "c"(b), "d"(c) : "memory");
    return number;
}
#endif
void _start(void)
{
    call(WRITE, 2, "ran\n", 4);
    call(EXIT, call(WRITE, 1, "x\n", 2) == 2 ? 0 : 1, 0, 0);
}
END
my $strong = build('strong.so', 'extern long write(int, const void *, long); long (*f)(int, const void *, long) = write;',
    '-shared');

like(run([ 'readelf', '-lW', $program ])->{out}, qr/interpreter: \Q$loader\E/, 'control: a program for musl')
    if have('readelf');
is(run([$program])->{err}, "ran\n", 'control: it starts');
is(run([$program], env => { LD_PRELOAD => $strong })->{exit}, 127, 'control: not behind an object that needs libc');
my $with = run([$program], env => { LD_PRELOAD => $shim });
is(outcome($with), outcome(run([$program])), 'it starts and ends behind the shim as without');
$with = run([ epipe(), 'sh', '-c', '"$0"', $program ]);
is($with->{err}, "ran\n", 'and as the child of what epipe runs') or diag(outcome($with));
is(run([ epipe(), $program ])->{exit}, 125, 'epipe itself refuses it, as what it can do nothing for');

done_testing;
