#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# libepipe can be loaded by dlopen: where plugins have used up the static thread-local
# storage, and by musl.  Then the handler still allocates nothing.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Sources;
use Test::More;

plan skip_all => 'a sanitizer has static thread-local storage of its own' if sanitized();

my $dir = scratch();
my @flags = (qw(-std=gnu11 -D_GNU_SOURCE -O2 -w -fvisibility=hidden), "-I$SOURCE", "-I$SOURCE/include");
my @sources = map { sources_of($_) } qw(libcore libepipe);

sub compile {
    my ($name, $cc, @arguments) = @_;
    my $built = run([ split(' ', $cc), @flags, '-o', "$dir/$name", @arguments, '-pthread' ], limit => 120);
    is($built->{exit}, 0, "$name builds") or diag($built->{err});
    return "$dir/$name";
}

sub library { my ($name, $cc, @model) = @_; return compile($name, $cc, qw(-shared -fPIC), @model, @sources) }

# One that uses SIZE bytes of static thread-local storage.
sub plugin {
    my ($size) = @_;
    my $source = write_file("$dir/plugin.c",
        "__thread char space[$size] __attribute__((tls_model(\"initial-exec\")));\nchar *use(void) { return space; }\n");
    return compile("plugin-$size.so", $ENV{TEST_CC} // 'cc', '-shared', '-fPIC', '-fvisibility=default', $source);
}

sub works {
    my ($what, $command, $scope_allocates) = @_;
    my $result = run($command);
    is($result->{exit}, 0, "$what: loaded") or diag(outcome($result));
    like($result->{out}, qr/^default scope: 1$/m, "$what: a default scope protects");
    like($result->{out}, qr/^installed scope: 1$/m, "$what: an installed scope protects");
    like($result->{out}, qr/^thread: ok$/m, "$what: in another thread, too");
    like($result->{out}, qr/^allocated: handler 0, scope $scope_allocates, second scope 0$/m,
        "$what: allocated by handler 0, a thread's first scope $scope_allocates")
        or diag($result->{out});
    return;
}

sub refused {
    my ($what, $command, $why) = @_;
    like(run($command)->{out}, qr/^refused: .*$why/m, "control: initial-exec, $what: refused");
    return;
}

my $libepipe = "$BUILD/.libs/libepipe.so";
my @dynamic = split /\n/, run([ 'readelf', '-dW', $libepipe ])->{out};
SKIP: {
    skip 'readelf (binutils) is not installed', 1 if !@dynamic;
    is(scalar(grep { /STATIC_TLS/ } @dynamic), 0, 'libepipe.so asks for no static thread-local storage');
}

SKIP: {
    my $cc = $ENV{TEST_CC} // 'cc';
    skip 'not glibc', 1 if run([ 'getconf', 'GNU_LIBC_VERSION' ])->{exit} != 0;
    my $program = compile('dlopened', $cc, "$SOURCE/t/probe/dlopened.c", '-ldl');
    my $initial_exec = library('initial-exec.so', $cc, '-ftls-model=initial-exec');
    # 1650 bytes leave too little; the others are for a glibc that has more.
    my @plugins = map { plugin($_) } 1650, 512, 256, 128, 64, 32, 16, 8, 4;
    works('glibc', [ $program, $libepipe ], 0);
    works('glibc, behind a plugin of 1650 bytes', [ $program, $libepipe, $plugins[0] ], '[01]');
    works('glibc, behind as many plugins as fit', [ $program, $libepipe, @plugins ], 1);
    refused('behind plugins', [ $program, $initial_exec, @plugins ], 'static TLS');
}

SKIP: {
    my $cc = $ENV{TEST_MUSL_CC} // '';
    skip 'no compiler for musl (musl-gcc) was there at configure time', 1 if $cc eq '';
    my $program = compile('dlopened-musl', $cc, "$SOURCE/t/probe/dlopened.c");
    works('musl', [ $program, library('libepipe-musl.so', $cc) ], 0);
    works('musl, by TLS descriptors', [ $program, library('libepipe-musl-desc.so', $cc, '-mtls-dialect=gnu2') ], 0)
        if run([ split(' ', $cc), qw(-mtls-dialect=gnu2 -E -x c /dev/null) ])->{exit} == 0;
    refused('musl', [ $program, library('initial-exec-musl.so', $cc, '-ftls-model=initial-exec') ], 'initial-exec');
}

done_testing;
