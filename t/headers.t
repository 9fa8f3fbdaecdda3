#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# What make install DESTDIR= leaves is found by pkg-config, wherever it has been moved,
# and its headers give no warning in any standard.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use InstalledTest;
use Test::More;

is(holding('epipe.hpp'), $include, 'both headers are in one directory');

sub asked {
    my (@arguments) = @_;
    my $answer = run([ $pkg_config, @arguments, 'libepipe' ], env => \%found);
    $answer->{out} =~ s/\s+\z//;
    return $answer->{out};
}
my ($version) = run([ "$BUILD/epipe", '--version' ])->{out} =~ /(\d[\d.]*)/;
is(asked('--modversion'), $version, 'pkg-config tells the version that the command tells');
is(asked('--cflags'), "-I$include", 'and the headers');
is(asked('--libs'), "-L$lib_dir -lepipe", 'and the library');
like(asked('--static', '--libs'), qr/-pthread/, 'and what it needs when it is linked statically');
isnt(run([ $pkg_config, '--exists', 'libepipe' ], env => { %clean, PKG_CONFIG_LIBDIR => $root })->{exit},
    0, 'control: without our directory pkg-config knows of no libepipe');

# The version, which the header says for #if.
my @numbers = split /\./, $version;
my $header = read_file("$include/epipe.h");
is(join('.', map { $header =~ /^#define EPIPE_VERSION_$_ (\d+)$/m } qw(MAJOR MINOR MICRO)), $version, 'the header tells the same version');

# Moved as a whole, as by a package manager that unpacks it elsewhere.
SKIP: {
    my ($prefix) = asked('--variable=prefix') =~ m{^(?:\Q$root\E)?(/.*)};
    my $follows = !run([ 'grep', '-q', '^libdir=\${', "$pc_dir/libepipe.pc" ])->{exit};
    skip('configure --libdir=: the library does not follow the prefix', 1) if !$follows;
    my $moved = run([ $pkg_config, "--define-variable=prefix=/moved", '--libs', 'libepipe' ],
        env => { %clean, PKG_CONFIG_LIBDIR => $pc_dir });
    (my $expect = $lib_dir) =~ s{^\Q$root$prefix\E}{/moved};
    is($moved->{out} =~ s/\s+\z//r, "-L$expect -lepipe", 'another prefix moves all');
}

# Each header on its own.
my $work = scratch();
write_file("$work/alone.c", "#include <epipe.h>\n#include <epipe.h>\nint nothing;\n");
write_file("$work/alone.cpp", "#include <epipe.hpp>\n#include <epipe.hpp>\nint nothing;\n");

# What a careful project turns on besides, where compiler and language have it.
my @careful   = qw(-Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-align -Wredundant-decls);
my @careful_c = (@careful, qw(-Wstrict-prototypes -Wmissing-prototypes -Wc++-compat));
my @careful_cxx = (@careful, qw(-Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual));

for my $compiler ($cc, grep { have($_) } 'clang') {
    for my $std (qw(c89 c99 c11 c17 gnu11 gnu17)) {
        my $result = run([ split(' ', $compiler), "-std=$std", @warnings, @careful_c, "-I$include",
            '-c', 'alone.c', '-o', 'alone.o' ], cwd => $work);
        is($result->{exit} . $result->{err}, '0', "epipe.h alone: $compiler -std=$std");
    }
}
# Also where another one is installed.
my $careless = run([ split(' ', $cc), '-std=c11', '-nostdinc', @warnings, '-c', 'alone.c', '-o', 'none.o' ], cwd => $work);
like($careless->{err}, qr/(?:search for epipe\.h|epipe\.h: No such file|'epipe\.h' file not found)/, 'control: without -I there is no epipe.h');
for my $compiler (grep { defined && have($_) } $cxx, 'clang++') {
    for my $std (qw(c++11 c++14 c++17 gnu++17 c++20)) {
        my $result = run([ $compiler, "-std=$std", @warnings, @careful_cxx, "-I$include", '-c',
            'alone.cpp', '-o', 'alone.o' ], cwd => $work);
        is($result->{exit} . $result->{err}, '0', "epipe.hpp alone: $compiler -std=$std");
    }
}

done_testing;
