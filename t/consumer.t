#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Somebody else's project: what make install DESTDIR= leaves is found by pkg-config,
# its headers give no warning in any standard, and programs in C and C++ that link with
# the library, shared or static, live where the same programs without it die.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

plan skip_all => 'a sanitized library needs consumers that are sanitized as well' if sanitized();
my ($pkg_config) = grep { defined } map { have($_) } qw(pkg-config pkgconf);
plan skip_all => 'pkg-config is not installed' if !$pkg_config;
my $cc = $ENV{EPIPE_CC} // 'cc';
my ($cxx) = grep { have($_) } qw(g++ c++ clang++);

my @warnings = qw(-Wall -Wextra -pedantic -Werror);

# The consumer's own settings: not those with which make check was called.
my %clean = map { $_ => undef } qw(MAKEFLAGS MFLAGS MAKELEVEL GNUMAKEFLAGS DESTDIR CC CXX
    CPPFLAGS CFLAGS CXXFLAGS LDFLAGS LDLIBS PKG_CONFIG_PATH);

my $root = scratch();
my $install = run([ 'make', '-s', '-C', $BUILD, 'install', "DESTDIR=$root" ],
    limit => 120, env => \%clean);
is($install->{exit}, 0, 'make install DESTDIR=') or BAIL_OUT(outcome($install));
my @files = split /\n/, run([ 'find', $root, '!', '-type', 'd' ])->{out};

# The directory that holds what is named, without DESTDIR too.
sub holding {
    my ($name) = @_;
    my ($dir) = map { m{^(.*)/\Q$name\E$} ? $1 : () } @files;
    return $dir // BAIL_OUT("$name is not installed: @files");
}
my ($pc_dir, $include) = (holding('libepipe.pc'), holding('epipe.h'));
is(holding('epipe.hpp'), $include, 'both headers are in one directory');
my ($archive) = grep { m{/libepipe\.a$} } @files;
my ($shared) = grep { m{/libepipe\.so$} } @files;
(my $lib_dir = $pc_dir) =~ s{/pkgconfig$}{};

# Below another root; a prefix of /usr is not to be taken for the system's own.
my %found = (%clean, PKG_CONFIG_LIBDIR => $pc_dir, PKG_CONFIG_SYSROOT_DIR => $root,
    PKG_CONFIG_ALLOW_SYSTEM_CFLAGS => 1, PKG_CONFIG_ALLOW_SYSTEM_LIBS => 1);

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

# --- each header on its own

sub put {
    my ($path, $text) = @_;
    open(my $file, '>', $path) or die "$path: $!";
    print {$file} $text;
    close $file or die "$path: $!";
    return $path;
}

my $work = scratch();
put("$work/alone.c", "#include <epipe.h>\n#include <epipe.h>\nint nothing;\n");
put("$work/alone.cpp", "#include <epipe.hpp>\n#include <epipe.hpp>\nint nothing;\n");

# What a careful project turns on besides, where compiler and language have it.
my @careful   = qw(-Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-align -Wredundant-decls);
my @careful_c = (@careful, qw(-Wstrict-prototypes -Wmissing-prototypes -Wc++-compat));
my @careful_cxx = (@careful, qw(-Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual));

for my $compiler ($cc, grep { have($_) } 'clang') {
    for my $std (qw(c11 c17 gnu11 gnu17)) {
        my $result = run([ split(' ', $compiler), "-std=$std", @warnings, @careful_c, "-I$include",
            '-c', 'alone.c', '-o', 'alone.o' ], cwd => $work);
        is($result->{exit} . $result->{err}, '0', "epipe.h alone: $compiler -std=$std");
    }
}
my $careless = run([ split(' ', $cc), '-std=c11', @warnings, '-c', 'alone.c', '-o', 'none.o' ], cwd => $work);
isnt($careless->{exit}, 0, 'control: without -I there is no epipe.h');
for my $compiler (grep { defined && have($_) } $cxx, 'clang++') {
    for my $std (qw(c++11 c++14 c++17 gnu++17 c++20)) {
        my $result = run([ $compiler, "-std=$std", @warnings, @careful_cxx, "-I$include", '-c',
            'alone.cpp', '-o', 'alone.o' ], cwd => $work);
        is($result->{exit} . $result->{err}, '0', "epipe.hpp alone: $compiler -std=$std");
    }
}

# --- the project

# `consumer` writes to a dead socket by the library, in a scope and in a block, and
# says what came back; `consumer plain` makes the last write without.
put("$work/consumer.c", <<'C');
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <epipe.h>

static void say(const char *what, long result)
{
    printf("%s: %ld %s\n", what, result, result < 0 && errno == EPIPE ? "EPIPE" : "?");
    fflush(stdout);
}

static long in_block(int fd)
{
    long result = 0;

    EPIPE_SCOPE {
        result = (long)write(fd, "x", 1);
        EPIPE_SCOPE {
            if (result < 0)
                return (long)write(fd, "x", 1);
        }
    }
    return result;
}

int main(int argc, char **argv)
{
    struct epipe_scope scope;
    int pair[2];

    (void)argv;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || close(pair[1]) != 0)
        return 90;
    say("single", (long)epipe_write(pair[0], "x", 1));
    if (epipe_scope_enter(&scope) != 0)
        return 91;
    say("scope", (long)write(pair[0], "x", 1));
    printf("swallowed: %d\n", epipe_scope_leave(&scope));
    say("block", in_block(pair[0]));
    if (argc > 1)
        say("plain", (long)write(pair[0], "x", 1));
    return 0;
}
C

# In C++ it is an exception that leaves the scope.
put("$work/consumer++.cpp", <<'CPP');
#include <cstdio>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <epipe.hpp>

int other_unit(int fd);

static void say(const char *what, long result)
{
    std::printf("%s: %ld %s\n", what, result, result < 0 && errno == EPIPE ? "EPIPE" : "?");
    std::fflush(stdout);
}

static void thrown(int fd)
{
    epipe::scope scope;

    if (!scope || write(fd, "x", 1) < 0)
        throw std::runtime_error("broken");
}

int main(int argc, char **)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || close(pair[1]) != 0)
        return 90;
    say("single", epipe_write(pair[0], "x", 1));
    try {
        thrown(pair[0]);
    } catch (const std::runtime_error &) {
        say("scope", -1);
    }
    std::printf("swallowed: %d\n", other_unit(pair[0]));
    EPIPE_SCOPE {
        say("block", write(pair[0], "x", 1));
    }
    if (argc > 1)
        say("plain", write(pair[0], "x", 1));
}
CPP
put("$work/other.cpp", <<'CPP');
#include <epipe.hpp>
#include <unistd.h>

int other_unit(int fd);
int other_unit(int fd)
{
    epipe::scope scope;

    return write(fd, "x", 1) < 0 ? scope.leave() : -1;
}
CPP

# STATIC= shared; --static with LDFLAGS=-static all of it.
put("$work/Makefile", <<'MAKE');
CPPFLAGS = $(shell pkg-config --cflags libepipe)
LDLIBS = $(shell pkg-config $(STATIC) --libs libepipe)
all: consumer
consumer: consumer.c
MAKE
put("$work/Makefile++", <<'MAKE');
CPPFLAGS = $(shell pkg-config --cflags libepipe)
LDLIBS = $(shell pkg-config $(STATIC) --libs libepipe)
all: consumer++
consumer++: consumer++.cpp other.cpp
MAKE

my $expect = "single: -1 EPIPE\nscope: -1 EPIPE\nswallowed: 1\nblock: -1 EPIPE\n";

# Builds PROGRAM as its Makefile says, with make's VARIABLES, and runs it.
sub consume {
    my ($name, $program, $makefile, @variables) = @_;
    my $path = "$work/$program";
    unlink $path;
    my $made = run([ 'make', '-s', '-B', '-f', $makefile, @variables ], cwd => $work, env => \%found,
        limit => 120);
    is($made->{exit} . $made->{err}, '0', "$name: builds") or diag(outcome($made));
  SKIP: {
        skip("$name: is not built", 3) if !-x $path;
        my $is_static = grep { /^LDFLAGS=-static|:libepipe\.a/ } @variables;
        my $dynamic = run([ 'readelf', '-d', $path ])->{out};
        $is_static ? unlike($dynamic, qr/libepipe/, "$name: needs no shared libepipe")
            : like($dynamic, qr/NEEDED.*\[libepipe\.so\.0\]/, "$name: needs libepipe.so.0");
        my %env = (LD_LIBRARY_PATH => $lib_dir);
        my $control = run([ $path, 'plain' ], env => \%env);
        ok(died_by_sigpipe($control) && $control->{out} eq $expect,
            "$name: control dies by SIGPIPE in the plain write")
            or diag(outcome($control));
        my $result = run([$path], env => \%env);
        ok($result->{exit} == 0 && $result->{signal} == 0 && $result->{out} eq $expect, "$name: lives")
            or diag(outcome($result));
    }
    return;
}

# Can a program be linked with no shared library at all?
sub links_statically {
    my ($compiler, $source) = @_;
    return run([ split(' ', $compiler), '-static', $source, '-o', 'static' ], cwd => $work)->{exit} == 0;
}
put("$work/main.c", "int main(void) { return 0; }\n");
put("$work/main.cpp", "#include <stdexcept>\nint main(int c, char **) { if (c > 9) throw c; }\n");

# consume() for one language in each standard and manner of linking.
sub consume_all {
    my ($language, $program, $makefile, $compiler, $variable, $source, @standards) = @_;
    for my $std (@standards) {
        my $flags = "$variable=-std=$std @warnings";
        my @as = ($program, $makefile, $compiler, $flags);
        my $name = "$language, -std=$std";
      SKIP: {
            skip("$name: no shared library is built", 4) if !$shared;
            consume("$name, shared", @as);
        }
      SKIP: {
            skip("$name: no static library is built", 8) if !$archive;
            consume("$name, -l:libepipe.a", @as, "LDLIBS=-L$lib_dir -l:libepipe.a -pthread");
            skip("$name: no static libraries of the system's", 4)
                if !links_statically($compiler =~ s/^\w+=//r, $source);
            consume("$name, --static", @as, 'STATIC=--static', 'LDFLAGS=-static');
        }
    }
    return;
}

SKIP: {
    skip('readelf is not installed', 1) if !have('readelf');
    local $ENV{PATH} = $ENV{PATH};
    if ($pkg_config !~ m{/pkg-config$}) {    # by the name that the Makefiles know
        symlink $pkg_config, "$work/pkg-config";
        $ENV{PATH} = "$work:$ENV{PATH}";
    }
    consume_all('C', 'consumer', 'Makefile', "CC=$cc", 'CFLAGS', 'main.c', qw(c11 c17 gnu11));
    skip('no C++ compiler is installed', 1) if !$cxx;
    consume_all('C++', 'consumer++', 'Makefile++', "CXX=$cxx", 'CXXFLAGS', 'main.cpp', qw(c++11 c++17));
}

done_testing;
