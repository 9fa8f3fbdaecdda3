#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# A third-party project that is built by CMake or Meson finds the installed library, shared
# and static, and lives by it where it dies without.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use InstalledTest;
use Test::More;

my $work = scratch();

write_file("$work/consumer.c", <<'C');
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <epipe.h>

int main(int argc, char **argv)
{
    int pair[2];

    (void)argv;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || close(pair[1]) != 0)
        return 90;
    printf("%s: %d\n", epipe_version(), (int)epipe_write(pair[0], "x", 1));
    fflush(stdout);
    if (argc > 1)
        return (int)write(pair[0], "x", 1);
    return 0;
}
C
my ($version) = run([ "$BUILD/epipe", '--version' ])->{out} =~ /(\d[\d.]*)/;

# The project in SOURCE was built: its program lives.
sub lives {
    my ($name, $program, $is_static) = @_;
    my %how = (env => { LD_LIBRARY_PATH => $is_static ? undef : $lib_dir });
    my $result = run([$program], %how);
    is($result->{out}, "$version: -1\n", "$name: lives") or diag(outcome($result));
    ok(died_by_sigpipe(run([ $program, 'plain' ], %how)), "$name: control dies by SIGPIPE in a plain write");
    return;
}

# Runs COMMANDS one after the other; says whether all of them ended well.
sub built {
    my ($name, @commands) = @_;
    for my $command (@commands) {
        my $result = run($command, env => { %found, CC => $cc }, limit => 120);
        ok($result->{exit} == 0, "$name: $command->[0]") or diag("$result->{out}$result->{err}"), return 0;
    }
    return 1;
}

SKIP: {
    skip 'cmake is not installed', 1 if !have('cmake') || !have('make');
    my $configs = "$lib_dir/cmake/libepipe";
    my $list = sub {
        my ($wanted, $target) = @_;
        mkdir "$work/cmake";
        return write_file("$work/cmake/CMakeLists.txt", <<"CMAKE");
cmake_minimum_required(VERSION 3.13)
project(consumer C)
find_package(libepipe $wanted REQUIRED)
add_executable(consumer ../consumer.c)
target_link_libraries(consumer PRIVATE libepipe::$target)
CMAKE
    };
    my $configure = sub {
        my ($build, @arguments) = @_;
        return [ 'cmake', '-S', "$work/cmake", '-B', $build, @arguments ];
    };
    for my $target ($shared ? 'libepipe' : (), $archive ? 'static' : ()) {
        $list->($version, $target);
        lives("CMake, $target", "$work/$target/consumer", $target eq 'static')
            if built("CMake, $target", $configure->("$work/$target", "-Dlibepipe_DIR=$configs"),
                [ 'cmake', '--build', "$work/$target" ]);
    }
    isnt(run($configure->("$work/none"), env => \%clean)->{exit}, 0, 'control: without its directory CMake does not find it')
        if !-e '/usr/include/epipe.h';
    # Of a version that it is not; the next minor number may change things while the first is 0.
    for my $other ($version =~ s/(\d+)$/$1 + 1/er, '0.0.9', '1.0', $version =~ s/^0\.(\d+)/'0.' . ($1 + 1)/er) {
        $list->($other, 'libepipe');
        my $result = run($configure->("$work/other-$other", "-Dlibepipe_DIR=$configs"), env => \%clean);
        isnt($result->{exit}, 0, "CMake: not found as version $other");
        like($result->{err}, qr/version: \Q$version\E/, 'and it says which one is there');
    }
}

SKIP: {
    skip 'meson and ninja are not installed', 1 if !have('meson') || !have('ninja');
    mkdir "$work/meson";
    write_file("$work/meson/consumer.c", read_file("$work/consumer.c"));
    for my $is_static ($shared ? 0 : (), $archive ? 1 : ()) {
        my $name = 'Meson' . ($is_static ? ', static' : '');
        my $build = "$work/meson-$is_static";
        write_file("$work/meson/meson.build", <<"MESON");
project('consumer', 'c', default_options: ['c_std=c11', 'warning_level=3', 'werror=true'])
libepipe = dependency('libepipe', version: '>=$version', static: @{[ $is_static ? 'true' : 'false' ]})
executable('consumer', 'consumer.c', dependencies: libepipe)
MESON
        lives($name, "$build/consumer", $is_static)
            if built($name, [ 'meson', 'setup', $build, "$work/meson" ], [ 'ninja', '-C', $build ]);
    }

    # Where no package is found, by the wrap, from the two files.
    my $project = "$work/wrapped";
    mkdir for $project, "$project/subprojects", "$project/subprojects/libepipe";
    write_file("$project/$_", read_file("$work/meson/$_")) for qw(consumer.c meson.build);
    write_file("$project/subprojects/libepipe.wrap", read_file("$SOURCE/extras/meson/libepipe.wrap"));
    write_file("$project/subprojects/libepipe/meson.build", read_file("$SOURCE/extras/meson/meson.build"));
    like(read_file("$SOURCE/extras/meson/meson.build"), qr/version: '\Q$version\E'/, 'the Meson subproject says its version');
    lives('Meson wrap', "$work/wrapped-build/consumer", 1)
        if built('Meson wrap', [ "$SOURCE/lib/amalgamate", $SOURCE, "$project/subprojects/libepipe" ],
            [ 'meson', 'setup', '--force-fallback-for=libepipe', "$work/wrapped-build", $project ],
            [ 'ninja', '-C', "$work/wrapped-build" ]);
    isnt(run([ 'meson', 'setup', "$work/none-meson", "$work/meson" ], env => { %clean, PKG_CONFIG_LIBDIR => $root })->{exit},
        0, 'control: without its directory Meson does not find it');
}

done_testing;
