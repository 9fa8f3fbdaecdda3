#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --check PROGRAM of a language whose runtime turns SIGPIPE into EPIPE itself: Go's, by its
# note or section; those of Python and Node.js, by a library or by the name; that of Rust, by what
# its compiler calls itself.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckTest;
use EpipeTest;
use Test::More;

my $dynamic = build('dynamic') or BAIL_OUT('no program can be built');

# Go, by the note that its linker makes; a static program without one, by a section.
my $go_note = '__attribute__((section(".note.go.buildid"), aligned(4))) const struct { unsigned sizes[2], type; '
    . 'char name[4], id[4]; } go = { { 4, 4 }, %s, "%s", "id" };';
my $go_section = '__attribute__((section(".go.buildinfo"))) const char go[16] = "x";';
for my $case ([ 'note', '', sprintf $go_note, 4, 'Go' ], [ 'note', '-static', sprintf $go_note, 4, 'Go' ],
    [ 'section', '-static', $go_section ])
{
    my ($name, $flag, $declaration) = @$case;
SKIP: {
        my $go = build_with($declaration, "go-$name$flag", $flag || ()) or skip "no program with a Go $name can be built $flag", 7;
        says("a Go program: $name $flag", $go, 1, qr/not needed: Go's runtime/,
            $flag ? () : 'note: of C code only in Go.s threads; otherwise try epipe --handlers=override ' . quotemeta $go,
            'kind: .*, with the Go runtime');
        my $run = run([ epipe(), $go ]);
        is($run->{exit}, 7, "a Go program: $name $flag: is run") or diag(outcome($run));
        is($run->{err}, '', "a Go program: $name $flag: without a word");
    }
}
unlike(check($dynamic)->{out}, qr/Go/, 'control: the sample is no Go program');
for my $case ([ 'another type', 3, 'Go' ], [ 'another name', 4, 'Gnu' ]) {
    my ($name, @note) = @$case;
SKIP: {
        my $no_go = build_with(sprintf($go_note, @note), 'other-note', '-static') or skip 'no such program can be built', 1;
        unlike(check($no_go)->{out}, qr/Go/, "control: a note of $name");
    }
}
SKIP: {
    my $compiler = have('go') or skip 'go is not installed', 8;
    my $source = file('hello.go', "package main\n\nimport (\n\t\"os\"\n\t\"strings\"\n)\n\nfunc main() {\n\tprintln(os.Getenv(\"EPIPE_KEEP\"),"
        . " strings.Contains(os.Getenv(\"LD_PRELOAD\"), \"libepipe\"))\n\tos.Exit(7)\n}\n", 0644);
    my $said = sub { run([ epipe('--keep=none', @_), "$dir/hello" ])->{err} };
    for my $stripped ('', '-buildid= -s -w') {
        unlink "$dir/hello";
        my $built = run([ $compiler, 'build', "-ldflags=$stripped", '-o', "$dir/hello", $source ], limit => 300,
            env => { CGO_ENABLED => 0, HOME => $dir, GOCACHE => "$dir/go-cache", GOFLAGS => undef, GO111MODULE => 'off' });
        skip "go builds nothing: $built->{err}", 4 if !-x "$dir/hello";
        says("Go: $stripped", "$dir/hello", 1, qr/not needed: Go's runtime/, 'kind: static.*, with the Go');
        is($said->(), "none true\n", 'it is run, for its children with the shim');
        is($said->('--children=none'), " false\n", 'or without, and without settings, if they are to have none');
    }
}

# A runtime that ignores SIGPIPE, by a library that it needs or by its name.
{
    my $remark = qr/^note: probably not needed: the runtime of (\S+) ignores SIGPIPE$/m;
    my $library = "$dir/libpython3.99.so.1";
    my $source = file('empty.c', "int python(void) { return 7; }\n", 0644);
    run([ split(' ', $ENV{TEST_CC} // 'cc'), qw(-shared -fPIC -o), $library, "-Wl,-soname,libpython3.99.so.1", $source ]);
    SKIP: {
        my $embeds = build('embeds', '-Wl,--no-as-needed', $library) or skip 'no program with a library can be built', 2;
        my $said = check($embeds);
        is("$said->{exit} @{[ $said->{out} =~ $remark ]}", '0 Python', 'a library of a runtime: a remark') or diag(outcome($said));
        unlike(check($dynamic)->{out}, $remark, 'control: the sample has none');
    }
    for my $case ([ 'python3.99', 'Python' ], [ 'node', 'Node.js' ]) {
        my ($name, $runtime) = @$case;
        file($name, read_file($dynamic));
        is((check("$dir/$name")->{out} =~ $remark)[0], $runtime, "$name: a remark");
        is((check(file("script-of-$name", "#!$dir/$name\n"))->{out} =~ $remark)[0], $runtime, "a script of $name: a remark");
    }

    # What a compiler calls itself, also after strip; and in another section it is nothing.
    for my $case ([ 'comment', '__asm__(".ident \"rustc version 1.95.0 (59807616e)\"");', 'Rust' ],
        [ 'another compiler', '__asm__(".ident \"trustc 1.95.0\"");', undef ],
        [ 'another section', 'const char text[] = "rustc version 1.95.0";', undef ])
    {
        my ($name, $declaration, $runtime) = @$case;
        for my $flag ('-s', '-static') {
          SKIP: {
                my $program = build_with($declaration, "$name$flag", $flag) or skip "no program can be built with $flag", 1;
                is((check($program)->{out} =~ $remark)[0], $runtime, "$name, $flag: " . ($runtime // 'control: nothing'));
            }
        }
    }
  SKIP: {
        my $compiler = have('rustc') or skip 'rustc is not installed', 2;
        my $program = "$dir/of-rust";
        run([ $compiler, '-Cstrip=symbols', '-o', $program, file('of-rust.rs', 'fn main() { print!("{}", std::fs::read_to_string("/proc/self/status").unwrap()) }', 0644) ],
            limit => 300);
        skip 'rustc builds nothing here', 2 if !-x $program;
        is((check($program)->{out} =~ $remark)[0], 'Rust', 'what rustc makes: a remark');
        my ($ignored) = run([ $program ])->{out} =~ /^SigIgn:\s*\w+(\w{8})$/m;
        ok(hex($ignored) & 1 << 12, 'which is true: SIGPIPE is ignored in it');
    }
}

done_testing;
