#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Two word sizes side by side: what is installed where glibc's $LIB leads is named with
# $LIB in LD_PRELOAD, so that the children of either word size find a shim of their own.
# Everything is below one prefix; no privilege is needed.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use File::Copy qw(copy);
use File::Path qw(make_path);
use Sources;
use Test::More;

plan skip_all => 'a sanitizer must come first in LD_PRELOAD, and has one word size' if sanitized();

# The programs of the other word size are those of gcc -m32.
plan skip_all => 'here programs have 32 bits' if length(pack 'l!', 0) == 4;

# What a loader makes of $LIB, as it says itself (glibc 2.33).
sub lib_of {
    my ($program) = @_;
    my ($loader) = run([ 'readelf', '-lW', $program ])->{out} =~ /interpreter: ([^\]]+)/;
    return $loader && run([ $loader, '--list-diagnostics' ])->{out} =~ /^dl_dst_lib="(.*)"/m ? $1 : undef;
}

my $lib = lib_of("$BUILD/epipe") // lib_of("$BUILD/.libs/epipe");
plan skip_all => 'the loader does not say what $LIB is (readelf, glibc 2.33)' if !defined $lib;

my $prefix = scratch();
my ($shim, $with_lib) = map { "$prefix/$_/libepipe/libepipe-preload.so" } $lib, '$LIB';
my @flags = (qw(-std=gnu11 -D_GNU_SOURCE -O2 -w), "-I$SOURCE", "-I$SOURCE/include");
my @cc = (split(' ', $ENV{TEST_CC} // 'cc'), @flags);

# What configure makes of libdir, by its own rule.
sub preload_dir {
    my ($libdir) = @_;
    my ($rule) = read_file("$SOURCE/configure") =~ /^(multiarch=.*?^preload_path=\S+)$/ms
        or BAIL_OUT('configure has no rule for $LIB');
    my $made = shell("CC='@{[ $ENV{TEST_CC} // 'cc' ]}'; libdir=/p/$libdir; $rule; echo \"\$preload_path\"")->{out};
    return "$1" =~ s/\$\$/\$/r if $made =~ m{^/p/(.*)/libepipe/};
    return $libdir if $made =~ m{^\$\(libdir\)/};
    BAIL_OUT("configure's rule makes $made");
}

# epipe as it is after configure --prefix=$prefix --libdir=LIBDIR.
sub command {
    my ($name, $libdir) = @_;
    make_path("$prefix/$name", "$prefix/$libdir/libepipe");
    copy(shim(), "$prefix/$libdir/libepipe/libepipe-preload.so") or die "$libdir: $!";
    my $built = run([ @cc, '-DPACKAGE_NAME="libepipe"', '-DPACKAGE_VERSION="0"', "-DBINDIR=\"$prefix/$name\"",
            "-DPKGLIBDIR=\"$prefix/$libdir/libepipe\"", "-DEXEC_PREFIX=\"$prefix\"",
            "-DPRELOAD=\"$prefix/@{[ preload_dir($libdir) ]}/libepipe/libepipe-preload.so\"",
            '-o', "$prefix/$name/epipe", map({ sources_of($_) } qw(epipe libcore)),
            map { "$SOURCE/graft/$_.c" } qw(proc-status target-stdio unsupported) ], limit => 120);
    $built->{exit} == 0 or BAIL_OUT("epipe cannot be built: $built->{err}");
    return "$prefix/$name/epipe";
}

sub preload_of {
    my ($command, $before) = @_;
    my $out = run([ $command, 'printenv', 'LD_PRELOAD' ], env => { LD_PRELOAD => $before })->{out};
    chomp $out;
    return $out;
}

my $epipe = command('bin', $lib);
is(preload_of($epipe), $with_lib, "installed in PREFIX/$lib: the entry has \$LIB in it");
is(run([ $epipe, '--show' ], env => { LD_PRELOAD => undef })->{out}, "LD_PRELOAD='$with_lib'\n",
    '--show quotes the $');
my $elsewhere = command('elsewhere', 'elsewhere');
is(preload_of($elsewhere), "$prefix/elsewhere/libepipe/libepipe-preload.so",
    'control: in a directory that $LIB does not lead to it has the path');
my @write = (probe('broken'), 'write', 'unix');
ok(died_by_sigpipe(run(\@write)), 'control: dies without the shim');
my $lives = run([ $epipe, @write ]);
is("$lives->{out}$lives->{err}", "write: -1 EPIPE\n", 'and lives with it');

# Each of its names is seen in what LD_PRELOAD held.
for my $there ($shim, $with_lib, "$prefix/\${LIB}/libepipe/libepipe-preload.so", "/x.so $with_lib",
    "$with_lib:/x.so") {
    my $preload = run([ $epipe, '--show' ], env => { LD_PRELOAD => $there })->{out};
    is($preload, "LD_PRELOAD='$there'\n", "not doubled: $there" =~ s/\Q$prefix/PREFIX/gr);
}
like(run([ $epipe, '--show' ], env => { LD_PRELOAD => "$shim.old" })->{out}, qr{\.old:.*\$LIB},
    'control: another object is not taken for it');

SKIP: {
    my @cc32 = (cc32(), @flags);
    my $broken32 = "$prefix/broken32";
    my $built = run([ @cc32, '-o', $broken32, "$SOURCE/t/probe/broken.c", '-lresolv' ], limit => 120);
    skip 'no compiler for 32 bits (gcc-multilib)', 1 if $built->{exit} != 0;
    skip 'this kernel executes no 32-bit program', 1 if !can_execute($broken32);
    my $lib32 = lib_of($broken32);
    skip '32-bit programs do not run here', 1 if !defined $lib32;
    isnt($lib32, $lib, "the other loader's \$LIB is $lib32");
    make_path("$prefix/$lib32/libepipe");
    my $shim32 = "$prefix/$lib32/libepipe/libepipe-preload.so";

    my @write32 = ($broken32, 'write', 'unix');
    # A 64-bit shell that starts a child of either word size.
    my $children = 'for p in "$@"; do "$p" write unix; echo "$?"; done';
    my @parent = ('bash', '-c', $children, 'bash', $broken32, probe('broken'));

    # Without a shim for 32 bits: epipe refuses the program, and a child's loader tells.
    my $refused = run([ $epipe, @write32 ]);
    is($refused->{exit}, 125, 'a 32-bit program without a 32-bit shim: 125');
    like($refused->{err}, qr/^epipe: .*another architecture or word size.*\n\z/, 'in one line');
    my $told = run([ $epipe, @parent ]);
    like($told->{err}, qr/^ERROR: ld\.so: object '\Q$with_lib\E' from LD_PRELOAD cannot be preloaded \(cannot open/m,
        "a 32-bit child without a 32-bit shim: its loader tells");
    like($told->{out}, qr/^141\nwrite: -1 EPIPE\n0\n\z/, 'and it is unprotected; the other child lives');

    run([ @cc32, qw(-shared -fPIC -fvisibility=hidden -ftls-model=initial-exec -fasynchronous-unwind-tables),
            '-Wl,-Bsymbolic-functions', "-Wl,--version-script=$SOURCE/preload/preload.map", '-o', $shim32,
            map { sources_of($_) } qw(libcore libepipe-preload) ], limit => 120)->{exit} == 0
        or BAIL_OUT('the 32-bit shim cannot be built');

    my $both = run([ $epipe, @parent ]);
    is($both->{out}, "write: -1 EPIPE\n0\n" x 2, 'a 64-bit parent under epipe: children of both word sizes live');
    is($both->{err} =~ s/^.*Broken pipe\n//mgr, '', 'and no loader complains');
    my $absolute = run(\@parent, env => { LD_PRELOAD => $shim });
    like($absolute->{err}, qr/wrong ELF class/, 'control: with the path the 32-bit loader complains');
    like($absolute->{out}, qr/^141\nwrite: -1 EPIPE\n0\n\z/, 'and the 32-bit child dies by SIGPIPE');

    my $direct = run([ $epipe, @write32 ]);
    is("$direct->{out}$direct->{err}", "write: -1 EPIPE\n", 'epipe runs a 32-bit program');
    my $back = run([ $epipe, '--', $broken32, 'write', 'unix' ], env => { LD_PRELOAD => $shim });
    is("$back->{out}$back->{err}", "write: -1 EPIPE\n", "also where LD_PRELOAD named the other's path");

    # Where ours is in no directory of $LIB's, the 32-bit program gets its own by the path.
    my $by_path = run([ $elsewhere, $broken32, 'write', 'unix' ]);
    is("$by_path->{out}$by_path->{err}", "write: -1 EPIPE\n", 'without $LIB: the 32-bit shim by its path');
}

done_testing;
