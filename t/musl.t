#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Programs for musl beside those for glibc: epipe takes the shim that was built for
# musl, from the build tree and installed, and what a child for the other libc does.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Sources;
use Test::More;

plan skip_all => 'there are no sanitizers for musl' if sanitized();

my $dir = scratch();
my $root = "$dir/root";
my $make = run([ 'make', '-s', '-C', $BUILD, 'install', "DESTDIR=$root" ],
    limit => 120, env => { MAKEFLAGS => undef, MFLAGS => undef, MAKELEVEL => undef });
is($make->{exit}, 0, 'make install DESTDIR=') or diag(outcome($make));
my ($installed) = split /\n/, run([ 'find', $root, '-path', '*/bin/epipe' ])->{out};
my ($shim) = split /\n/, run([ 'find', $root, '-path', '*/libepipe/libepipe-preload.so' ])->{out};
my $musl_shim = $shim =~ s{([^/]+)$}{musl/$1}r;

# Without a shim for musl: refused, by the name of the program's loader. Any program
# will do that names musl's.
sub refuses {
    my ($program) = @_;
    my $refused = run([ $installed, $program, 'write', 'pipe' ]);
    is($refused->{exit}, 125, 'a program for musl without a shim for musl: 125');
    like($refused->{err}, qr/^epipe: .* is for musl, and there is no shim for musl here.*\n\z/, 'in one line');
    my $check = run([ $installed, '--check', $program ]);
    is($check->{exit}, 2, '--check says no');
    like($check->{out}, qr/^try: build libepipe --with-musl$/m, 'and what to do');
    return;
}
{
    open(my $fh, '<:raw', probe('broken')) or die "broken: $!";
    my $text = join '', <$fh>;
    my $musl = $text =~ s{(/lib[\w/.-]*/ld[\w.-]+\.so\.\d)}{pack('a' . length($1), '/lib/ld-musl-.so.1')}er;
    rename $musl_shim, "$musl_shim.away";
    refuses(write_file("$dir/as-musl", $musl, 0755));
    rename "$musl_shim.away", $musl_shim;
    isnt($musl, $text, 'control: the loader was changed');
}

SKIP: {
    my $cc = $ENV{TEST_MUSL_CC} // '';
    skip 'no compiler for musl (musl-gcc) was there at configure time', 1 if $cc eq '';
    my @cc = (split(' ', $cc), qw(-std=gnu11 -D_GNU_SOURCE -O2 -w), "-I$SOURCE", "-I$SOURCE/include");
    my $compile = sub {
        my ($name, @arguments) = @_;
        my $built = run([ @cc, '-o', "$dir/$name", @arguments ], limit => 120);
        $built->{exit} == 0 or BAIL_OUT("$cc: $built->{err}");
        return "$dir/$name";
    };

    # All that is installed compiles with nothing but musl, as on a system that has no other libc.
    my @syntax = (@cc, qw(-fsyntax-only -DEPIPE_GRAFT), (map { ('-idirafter', $_) } kernel_headers('gcc'), '/usr/include'),
        map { "-D$_=\"x\"" } qw(PACKAGE_NAME PACKAGE_VERSION BINDIR PKGLIBDIR EXEC_PREFIX PRELOAD));
    my $other = architecture() eq 'aarch64' ? 'x86' : 'aarch64';
    my @sources = grep { !/-$other[.]c$/ } glob "$SOURCE/{lib,lib/core,lib/proc,preload,preload/log,cmd" . (can_enter() ? ',graft' : '') . '}/*.c';
    cmp_ok(scalar @sources, '>', 50, 'control: the sources are there');
    is(run([ @syntax, @sources ], limit => 120)->{err}, '', 'every source compiles for musl');
    my $foreign = write_file("$dir/foreign.c", "#include <sys/ptrace.h>\nenum __ptrace_request request = PTRACE_CONT;\n");
    isnt(run([ @syntax, $foreign ])->{exit}, 0, "control: what only glibc declares does not");

    my $partial = $compile->('partial', "$SOURCE/t/probe/partial.c");
    my $aside = $compile->('log-context', "$SOURCE/t/probe/log-context.c");
    my $starts = $compile->('starts', write_file("$dir/starts.c",
        "#include <unistd.h>\nint main(int c, char **v) { (void)c; return execvp(v[1], v + 1); }\n"));
    like(run([ 'readelf', '-lW', $partial ])->{out}, qr/interpreter: .*ld-musl/, 'control: a program for musl');

    # $epipe finds $own for glibc and $musl for musl.
    for my $case ([ 'build tree', "$BUILD/epipe", shim(), "$BUILD/musl/libepipe-preload.so" ],
        [ 'installed', $installed, $shim, $musl_shim ])
    {
        my ($where, $epipe, $own, $musl) = @$case;
        my $preload = sub { return run([ $epipe, @_, 'printenv', 'LD_PRELOAD' ])->{out} };
        is(by_path($preload->(), $own), "$own\n", "$where: a program for glibc gets the shim for glibc");
        is($preload->($starts), "$musl\n", "$where: one for musl that for musl");
        is($preload->('env', $epipe, $starts), "$musl\n", "$where: in the other's place, not beside it");
        ok(died_by_sigpipe(run([ $partial, split / / ])), "$where: $_: control dies by SIGPIPE")
            for 'write pipe', 'fwrite pipe';
        like(run([ $epipe, $partial, split / / ])->{out}, qr/short/, "$where: $_: lives")
            for 'write pipe', 'fwrite pipe';

        my $child = run([ $epipe, $starts, probe('partial'), 'write', 'pipe' ]);
        like($child->{out}, qr/short/, "$where: a child for glibc of a program for musl lives");
        is($child->{err}, '', "$where: and no loader complains");
    }

    # Where a time of 64 bits is not the first, its functions have other names.
    run([ "$SOURCE/lib/amalgamate", $SOURCE, $dir ]);
    my $pending = $compile->('pending-memory', "-I$dir", "$SOURCE/t/probe/pending-memory.c", "$dir/epipe.c", '-pthread');
    for my $prefix ([], [ epipe() ]) {
        my $line = join ' ', @$prefix, $pending, 'sigtimedwait';
        is(shell("$line | exec true; echo \${PIPESTATUS[0]}")->{out}, "141\n",
            'sigtimedwait: dies of its standard output' . (@$prefix ? ', and not of what was taken before' : ' (control)'));
    }

    # The caller is found in /proc there, also when the first thread has ended.
    dies_then_lives('only=, without a first thread', [ $aside, 'leader' ], qr/^leader: ok$/m, options => ['--only=log-context']);
    ok(died_by_sigpipe(run([ epipe('--only=nothing'), $aside, 'leader' ])), 'control: only= is heeded');

    # Had it named the libc that it needs, glibc would not even start the program.
    my $dynamic = run([ 'readelf', '-dW', $musl_shim ])->{out};
    like($dynamic, qr/\(SONAME|\(FLAGS/, 'control: readelf tells');
    unlike($dynamic, qr/\(NEEDED\)/, 'the shim for musl names no libc');
    # Nor does it call what one of the two has not.
    my ($loader) = run([ 'readelf', '-lW', $partial ])->{out} =~ /interpreter: ([^\]]+)/;
    my ($glibc) = run([ 'ldd', shim() ])->{out} =~ m{=> (/\S*libc\.so\S*)};
    my $names = sub { return map { s/@.*//r => 1 } map { (split)[-1] } split /\n/, run([ 'nm', '-D', @_ ])->{out} };
    my @taken = grep { !/^__(?:dlsym_time64|gmon_start__|cxa_finalize)$|^_ITM_/ } keys %{ { $names->('-u', $musl_shim) } };
    cmp_ok(scalar @taken, '>', 20, 'control: what it calls is seen');
    for my $libc ($loader, $glibc // ()) {
        my %there = $names->('--defined-only', $libc);
        is_deeply([ grep { !$there{$_} } sort @taken ], [], "all of it is in $libc");
        is_deeply([ grep { !$there{$_} } 'write', '__divmoddi4' ], ['__divmoddi4'], 'control: and not what is in none');
    }
    my $named = $compile->('names.so', '-shared', '-fPIC', write_file("$dir/names.c", "int names;\n"));
    my $true = run(['true'], env => { LD_PRELOAD => $named });
    like($true->{err}, qr/libc\.so|libc\.musl/, 'control: one that does makes glibc complain') or diag(outcome($true));

    # A child for musl of a program for glibc.
    my @child = ('env', $partial, 'write', 'pipe');
    like(run([ epipe(), @child ])->{out}, qr/short/, 'a child for musl takes the shim for glibc by its path');
    my $by_lib = run([ $partial, 'write', 'pipe' ], env => { LD_PRELOAD => "$root/\$LIB/libepipe/libepipe-preload.so" });
    ok(died_by_sigpipe($by_lib), 'and none by $LIB, which musl does not know: it dies by SIGPIPE');
    is($by_lib->{err}, '', 'without a word');

    rename $musl_shim, "$musl_shim.away";
    refuses($partial);
    is(run([ $installed, '--fallback=ignore', $partial, 'write', 'pipe' ])->{signal}, 0,
        'but for --fallback=ignore');
}

done_testing;
