#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# For who adds an interposed function: one that is visible in an object of the shim stands
# in the map as well, one of the map is called by a probe, and one that writes is among
# those that t/writes.t goes through.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Sources;
use Test::More;

plan skip_all => 'a sanitizer adds symbols' if sanitized();
plan skip_all => 'readelf (binutils) is not installed' if !have('readelf');

sub visible_in {
    my @names;
    for my $object (@_) {
        my $symbols = run([ 'readelf', '-sW', $object ])->{out};
        push @names, $symbols =~ /\b(?:FUNC|IFUNC|OBJECT)\s+(?:GLOBAL|WEAK)\s+DEFAULT\s+\d+\s+(\w+)$/mg;
    }
    return sort @names;
}

# What is in the first list and not in the second.
sub lacks {
    my ($first, $second) = @_;
    my %there = map { $_ => 1 } @$second;
    return join ' ', grep { !$there{$_} } @$first;
}

my @listed = map_names('preload/preload.map');
# Without the shim's own.  Where a long has four bytes, glibc has __NAME64 for who calls NAME with
# _TIME_BITS=64, as t/arch.t does, and musl __NAME_time64, which t/musl.t calls.
my @functions = map { s/^__(\w+?)(?:_time)?64$/$1/r } grep { !/^epipe_preload_/ } @listed;
my @objects = map { glob "$BUILD/preload/$_.libs/*.o" } '', 'log/';
my @visible = visible_in(@objects);
cmp_ok(scalar @visible, '>', 30, 'control: the functions are seen');
is(lacks(\@visible, \@listed), '', 'a visible function stands in preload.map');

# Without comments, in which a name could stand alone.
my $probes = join '', map { read_file($_) =~ s{/\*.*?\*/}{}gsr } map { glob "'$SOURCE/t'/$_" } qw(probe/*.c unit/*.c);
my %words = map { $_ => 1 } $probes =~ /\w+/g;
is(lacks(\@functions, [ keys %words ]), '',
    'a function of preload.map is called by a probe');

# Those that cannot break are noticed for what comes after.
my @unbreakable = qw(pipe __pipe pipe2 popen _IO_popen dup2 __dup2 dup3 kill killpg pidfd_send_signal
    sigwait sigwaitinfo sigtimedwait);
my @tried = split ' ', run([ probe('broken'), '--list' ])->{out};
my @writes = visible_in(grep { m{interpose(?:-write)?\.o$} } @objects);
cmp_ok(scalar @writes, '>', 15, 'control: the writes are seen');
is(lacks([ grep { !/^epipe_preload_|^__.*64$/ } @writes ], [ @tried, @unbreakable ]), '',
    't/writes.t tries a function that writes: t/probe/broken.c has a CALL');

# Controls: one function more, in an object, and in the map.
my $dir = scratch();
my $source = write_file("$dir/more.c", "__attribute__((visibility(\"default\"))) int more(int fd) { return fd; }\n");
run([ split(' ', $ENV{TEST_CC} // 'cc'), '-fvisibility=hidden', '-c', '-o', "$dir/more.o", $source ]);
SKIP: {
    skip 'nothing can be compiled', 2 if !-e "$dir/more.o";
    is(lacks([ visible_in(@objects, "$dir/more.o") ], \@listed), 'more', 'control: one that the map lacks');
    is(lacks([ visible_in("$dir/more.o") ], [ @tried, @unbreakable ]), 'more', 'control: one that is not tried');
}
is(lacks([ @functions, 'no_such' . '_function' ], [ keys %words ]), 'no_such_function',
    'control: one that no probe calls');

done_testing;
