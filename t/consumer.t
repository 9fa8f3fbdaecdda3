#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# A third-party project: programs in C and C++ that link with the installed library,
# shared or static, live where the same programs without it die.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use InstalledTest;
use Test::More;

my $work = scratch();

# `consumer` writes to a dead socket by the library, in a scope and in a block, and
# says what came back; `consumer plain` makes the last write without.
write_file("$work/consumer.c", <<'C');
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

/* A compiler that asks for a return behind a loop has nothing to ask for here. */
static long in_rest(int fd)
{
    EPIPE_GUARD;
    return (long)write(fd, "x", 1);
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
    say("rest", in_rest(pair[0]));
    if (argc > 1)
        say("plain", (long)write(pair[0], "x", 1));
    return 0;
}
C

# In C++ it is an exception that leaves the scope.
write_file("$work/consumer++.cpp", <<'CPP');
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
    try {
        EPIPE_GUARD;
        if (write(pair[0], "x", 1) < 0)
            throw std::runtime_error("broken");
    } catch (const std::runtime_error &) {
        say("rest", -1);
    }
    if (argc > 1)
        say("plain", write(pair[0], "x", 1));
}
CPP
write_file("$work/other.cpp", <<'CPP');
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
write_file("$work/Makefile", <<'MAKE');
CPPFLAGS = $(shell pkg-config --cflags libepipe)
LDLIBS = $(shell pkg-config $(STATIC) --libs libepipe)
all: consumer
consumer: consumer.c
MAKE
write_file("$work/Makefile++", <<'MAKE');
CPPFLAGS = $(shell pkg-config --cflags libepipe)
LDLIBS = $(shell pkg-config $(STATIC) --libs libepipe)
all: consumer++
consumer++: consumer++.cpp other.cpp
MAKE

my $expect = "single: -1 EPIPE\nscope: -1 EPIPE\nswallowed: 1\nblock: -1 EPIPE\nrest: -1 EPIPE\n";

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
write_file("$work/main.c", "int main(void) { return 0; }\n");
write_file("$work/main.cpp", "#include <stdexcept>\nint main(int c, char **) { if (c > 9) throw c; }\n");

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
