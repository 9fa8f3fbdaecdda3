#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --check PROGRAM: the verdict, its exit status and what it rests on, for each
# kind of program.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckTest;
use EpipeTest;
use POSIX ();
use Sources;
use Test::More;

my $dynamic = build('dynamic') or BAIL_OUT('no program can be built');
is(run([$dynamic])->{exit}, 7, 'control: the sample runs');

# Dynamic programs, and where they are found.
says('a dynamic program', $dynamic, 0, $can, "file: $dynamic", 'kind: dynamic, \d\d-bit \S+$',
    'loader: /\S+ \((glibc|musl)\)$', "try: epipe $dynamic");
says('by PATH', 'dynamic', 0, $can, "file: $dynamic", { env => { PATH => "/nowhere:$dir" } });
says('a number with a slash is a program', './7', 0, $can, { cwd => $dir })
    if link $dynamic, "$dir/7";
my $extra = run([ epipe('--check'), $dynamic, '--keep=x', '-n' ]);
is($extra->{exit}, 0, "the program's own arguments are left alone");

# Static ones: status and verdict.
my @static = can_enter() ? (0, qr/supported: it is statically linked, and entered/) : (2, qr/${cannot}is statically linked/);
SKIP: {
    my $static = build('static', '-static') or skip 'no static program can be built', 24;
    my @ways = map { "try: .*$_" } can_enter() ? 'epipe ' : qw(--fallback=ignore IgnoreSIGPIPE=yes libepipe);
    says('a static program', $static, @static, 'kind: static, ', @ways);
    says('a script of a static interpreter', file('of-static', "#! $static -x\n"), @static, "interpreter: $static");
    says('through env', file('by-env', "#!/usr/bin/env static\n"), @static,
        "interpreter: $static", { env => { PATH => "$dir:$ENV{PATH}" } });
    says('through env -S', file('by-env-S', "#!/usr/bin/env -S static -x 'y z'\n"), @static,
        { env => { PATH => "$dir:$ENV{PATH}" } });
    link $static, "$dir/'static'";
    says('quotes are those of env', file('by-env-quoted', "#!/usr/bin/env -S 'static'\n"), 0, $can,
        'interpreter: /usr/bin/env', { env => { PATH => "$dir:$ENV{PATH}" } });
}
SKIP: {
    my $pie = build('static-pie', '-static-pie', '-fPIE') or skip 'no static-pie program can be built', 4;
    says('a static-pie program', $pie, @static, 'kind: static-pie, ');
}
SKIP: {
    my $musl = have('musl-gcc') or skip 'musl-gcc is not installed', 1;
    my $program = build('musl', $musl) or skip 'musl-gcc builds nothing', 1;
    like(check($program)->{out}, qr/^loader: \S*ld-musl\S* \(musl\)$/m, "musl's loader is known");
}
SKIP: {
    my $narrow = build('narrow', cc32()) or skip 'no 32-bit program can be built', 1;
    like(check($narrow)->{out}, qr/^kind: dynamic, 32-bit i386/m, 'a 32-bit program is known');
}

# Scripts.
my ($perl) = have('perl');
says('a script', file('perl-script', "#!$perl -w\n"), 0, $can, "interpreter: $perl");
says('through env', file('env-perl', "#!/usr/bin/env perl\n"), 0, $can, 'interpreter: \S+/perl');
says('an argument that env splits by rules of its own', file('env-quoted', "#!/usr/bin/env -S 'perl'\n"),
    0, $can, 'interpreter: /usr/bin/env');
says('a name that is not in PATH', file('env-nothing', "#!/usr/bin/env no-such-program\n"), 0, $can,
    'interpreter: /usr/bin/env');
says('a script without #!', file('no-shebang', "exit 9\n"), 0, $can, 'interpreter: /bin/sh');
says('a name that is cut off', file('cut-off', '#!/' . 'a' x 300 . "\n"), 0, $can, 'interpreter: /bin/sh');
says('an empty file', file('empty', ''), 0, $can, 'interpreter: /bin/sh');
for my $depth (1 .. 6) {
    file("script-$depth", $depth == 1 ? "#!$dynamic\n" : sprintf("#!%s/script-%d\n", $dir, $depth - 1));
}
is(run(["$dir/script-5"])->{exit}, 7, 'control: the kernel follows five scripts');
says('five scripts', "$dir/script-5", 0, $can, "interpreter: $dynamic");
isnt(run(["$dir/script-6"])->{exit}, 7, 'control: and not six');
fails('six scripts', "$dir/script-6", 126, 'Too many levels');
fails('a script that is its own interpreter', file('loop', "#!$dir/loop\n"), 126, 'Too many levels');
fails('one through env', file('env-loop', "#!/usr/bin/env $dir/env-loop\n"), 126, 'Too many levels');
fails('an interpreter that does not exist', file('gone', "#!/nowhere/perl\n"), 127, '/nowhere/perl: No such file');
fails('one that is a directory', file('of-dir', "#!$dir\n"), 126, "$dir: Permission denied");

# A program for musl's loader that loads no C library.
SKIP: {
    my $alone = "$dir/alone";
    my $source = file('alone.c', "void _start(void) { for (;;) ; }\n", 0644);
    my @pie = (split(' ', $ENV{TEST_CC} // 'cc'), '-w', '-nostdlib', '-fPIE', '-pie', '-Wl,--dynamic-linker=/lib/ld-musl-x.so.1');
    run([ @pie, '-o', $alone, $source ]);
    skip 'no program for musl can be made', 10 if !-x $alone || sanitized();
    says("musl's loader and no libc", $alone, 2, qr/${cannot}loads no C library/, 'kind: dynamic', 'loader: .*musl');
    my $run = run([ epipe(), $alone ]);
    is($run->{exit}, 125, 'and it is refused');
    like($run->{err}, qr/\Aepipe: .* loads no C library.*\n\z/, 'in one line');
    run([ @pie, '-Wl,--no-as-needed', '-o', $alone, $source, '-lc' ]);
    unlike(check($alone)->{out}, qr/loads no C library/, 'control: one that names a library');
}

# The runtime of a sanitizer comes before the shim: without that it ends the program.
for my $case ([ 'cc', split ' ', $ENV{TEST_CC} // 'cc' ], [ 'clang', 'clang', '-shared-libasan' ]) {
    my ($name, @compiler) = @$case;
SKIP: {
        my $program = "$dir/asan-$name";
        my $source = file('asan.c', "#include <stdio.h>\n#include <stdlib.h>\n"
            . "int main(void) { puts(getenv(\"LD_PRELOAD\")); return 7; }\n", 0644);
        run([ @compiler, '-g', '-fsanitize=address', '-o', $program, $source ]);
        my ($soname) = -x $program ? run([ 'readelf', '-dW', $program ])->{out} =~ /NEEDED.*\[(lib\S*asan\S*)\]/ : ();
        skip "$name makes no program with a shared ASan runtime", 8 if !defined $soname || sanitized();
        my ($runtime) = map { chomp; $_ } run([ @compiler, "-print-file-name=$soname" ])->{out};
        ($runtime) = glob "/usr/lib/llvm-*/lib/clang/*/lib/linux/$soname"
            if !-e $runtime;
        my @path = -e ($runtime // '') ? (LD_LIBRARY_PATH => $runtime =~ s{/[^/]*$}{}r) : ();
        my $env = { @path, ASAN_OPTIONS => 'detect_leaks=0', LD_PRELOAD => undef };
        skip "the ASan runtime of $name is not there", 8
            if run([$program], env => { %$env, LD_PRELOAD => $soname })->{exit} != 7;
        my $shim = shim();
        my $last = run([$program], env => { %$env, LD_PRELOAD => $shim });
        isnt($last->{exit}, 7, "$name: control: with the shim first it does not start") or diag(outcome($last));
        like($last->{err}, qr/runtime does not come first/, "$name: control: and says why");
        says("$name: a program with ASan", $program, 0, $can, "sanitizer: \Q$soname\E, which epipe puts before the shim",
            { env => $env });
        my $run = run([ epipe(), $program ], env => $env);
        is($run->{exit}, 7, "$name: under epipe it runs") or diag(outcome($run));
        is($run->{out}, "$soname:$shim\n", "$name: with the runtime before the shim");
        my $there = run([ epipe(), $program ], env => { %$env, LD_PRELOAD => "$soname:$shim" });
        is($there->{out}, "$soname:$shim\n", "$name: and not twice");
    }
}
unlike(check($dynamic)->{out}, qr/^sanitizer/m, 'control: the sample has no sanitizer');

# A caller that ignores SIGPIPE hands that on.
my $ignoring = run([ 'sh', '-c', 'trap "" PIPE; exec "$@"', 'sh', epipe('--check'), $dynamic ]);
is($ignoring->{exit}, 1, 'the caller ignores SIGPIPE: 1');
like($ignoring->{out}, qr/\A\Q$dynamic\E: not needed: it inherits.*^otherwise: supported$/ms,
    'and what would be otherwise');

# A loader that does not exist; another machine.
SKIP: {
    my $lost = build('lost', '-Wl,--dynamic-linker=/nowhere/ld.so.9') or skip 'no such program can be built', 6;
    says('a loader that does not exist', $lost, 2, qr/${cannot}needs a loader/, 'loader: /nowhere/ld.so.9');
    is(run([ epipe(), $lost ])->{exit}, 127, 'and it is not run: 127');
}
my $head = read_file($dynamic);
my $big_endian = ord(substr $head, 5, 1) == 2;
my $short = $big_endian ? 'n' : 'v';
my $machine = $head;
substr $machine, 18, 2, pack $short, 0x1234;
says('another machine', file('machine', $machine), 2, qr/${cannot}is for another architecture/,
    'kind: .* machine 4660');

# What there is no verdict on.
fails('nothing of that name', 'no-such-program', 127, 'No such file');
fails('a file that may not be executed', file('plain', "#!/bin/sh\n", 0644), 126, 'Permission denied');
fails('a directory', $dir, 126, 'Permission denied');
POSIX::mkfifo("$dir/fifo", 0755);
fails('a FIFO', "$dir/fifo", 126, 'Permission denied');
fails('a device', '/dev/null', 126, 'Permission denied');
is(run([ epipe('--check') ])->{exit}, 125, 'no word: 125');
is(run([ epipe('--check') ])->{err}, "epipe: no program given; 'epipe --help' tells more\n", 'in one line');
is(shell(join(' ', epipe('--check'), $dynamic) . ' >/dev/full')->{exit}, 125, 'output that cannot be written: 125');

# Control characters in a name do not get to the terminal.
my $bell = check(file("bell\a\n", read_file($dynamic)));
is($bell->{exit}, 0, 'control characters in the name');
like($bell->{out}, qr/\A[^\a]*\z/, 'are not printed');

# A shim that is none: the command says so, and what. The control is the command as it is.
SKIP: {
    skip 'a sanitizer\'s libraries are beside the build', 7 if sanitized();
    mkdir "$dir/$_" for 'bin', 'bin/.libs';
    run([ 'cp', "$BUILD/epipe", "$dir/bin/epipe" ]);
    run([ 'cp', shim(), "$dir/bin/.libs" ]);
    is(run([ "$dir/bin/epipe", '--check', $dynamic ])->{exit}, 0, 'control: a copy of both');
    open(my $shim, '>', "$dir/bin/.libs/libepipe-preload.so") or die $!;
    print {$shim} "not ELF\n";
    close $shim;
    for my $subject ($dynamic, $$) {
        my $broken = run([ "$dir/bin/epipe", '--check', $subject ]);
        is($broken->{exit}, 125, 'a shim that is none: 125') or diag(outcome($broken));
        like($broken->{err}, qr{\Aepipe: \Q$subject\E: \S+/bin/.libs/libepipe-preload\.so: [^\n]+\n\z}, 'and its name');
    }
    unlink "$dir/bin/.libs/libepipe-preload.so";
    my $none = run([ "$dir/bin/epipe", '--check', $dynamic ]);
    skip 'there is an installed shim', 2 if $none->{exit} == 0;
    is($none->{exit}, 125, 'no shim at all: 125') or diag(outcome($none));
    like($none->{err}, qr{\Aepipe: \S+/libepipe-preload\.so: No such file}, 'and where it should be');
}

# What a file has in it goes to no terminal as it is.
{
    my $hostile = "$dir/\e[1m\xc2\x9b2m";
    my $script = file('to-hostile', "#!$hostile\n");
    for my $command ([ epipe('--check'), $script ], [ epipe(), $hostile ], [ epipe("--log=$hostile/x"), 'true' ],
        [ epipe("--fallback=$hostile"), 'true' ])
    {
        my $result = run($command);
        like($result->{err}, qr/\Aepipe: .*\?\[1m\?\?2m/, "in an error: @{[ $command->[1] =~ /^(--\w+)/ ]}");
        unlike($result->{err}, qr/[^ -~\n]/, 'printable ASCII');
    }
  SKIP: {
        my $static = build('static-hostile', '-static') or skip 'no static program can be built', 4;
        rename $static, $hostile or die "$hostile: $!";
        for my $option ('--fallback=refuse', '--fallback=ignore') {
            my $result = run([ can_enter() ? (probe('kill-at'), 1000000) : (), epipe($option), $script ]);
            like($result->{err}, qr/\Aepipe: .*\?\[1m\?\?2m is statically/, "$option: in its line");
            unlike($result->{err}, qr/[^ -~\n]/, 'printable ASCII');
        }
        says('a hostile interpreter', $script, @static, 'interpreter: \S+/\?\[1m\?\?2m$');
    }
}

done_testing;
