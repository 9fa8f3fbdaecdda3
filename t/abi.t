#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The binary interface: the public structures have the sizes and members that they were
# released with, here by the compiler; and where abidiff is installed and a dump can be
# compared with, all that the exported functions take and return is as in t/abi/libepipe.abi.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $dir = scratch();

# Each structure's size, and the members after which nothing may move.  In units of the
# width of an int (i) and of a pointer (p).
my @layout = (
    'sizeof(struct epipe_scope) == 64',
    '_Alignof(struct epipe_scope) == p',
    'sizeof(struct epipe_channel) == 4 * i + 2 * p + 2 * i + 4 * p',
    'sizeof(struct epipe_channel_options) == p + 2 * i + 4 * p',
    'offsetof(struct epipe_channel, pid) == 0',
    'offsetof(struct epipe_channel, send) == i',
    'offsetof(struct epipe_channel, recv) == 2 * i',
    'offsetof(struct epipe_channel, own) == 4 * i',
    'offsetof(struct epipe_channel_options, size) == 0',
    'offsetof(struct epipe_channel_options, send_name) == p + 2 * i + 3 * p',
    'sizeof(epipe_loff_t) == 8',
);

sub compiled {
    my ($expression) = @_;
    write_file("$dir/layout.c", "#include <epipe.h>\n#include <stddef.h>\nenum { i = sizeof(int), p = sizeof(void *) };\n"
            . "_Static_assert($expression, \"differs\");\n");
    return run([ split(' ', $ENV{TEST_CC} // 'cc'), '-std=c11', "-I$SOURCE/include", '-c', '-o', "$dir/layout.o", "$dir/layout.c" ]);
}
is(compiled($_)->{err}, '', $_) for @layout;
like(compiled('sizeof(struct epipe_scope) == 65')->{err}, qr/differs/, 'control: another size is found');

# How abidiff ends: 0, or 4 for a change and 8 more if programs cannot stand it.
my $library = "$BUILD/.libs/libepipe.so";
my $dump    = "$SOURCE/t/abi/libepipe.abi";
sub compare {
    my ($old) = @_;
    # libc's structures are its own: posix_spawnattr_t has changed within.
    my $suppressions = write_file("$dir/suppressions", "[suppress_type]\n  type_kind = struct\n  name_not_regexp = ^epipe_\n");
    return run([ 'abidiff', '--no-added-syms', '--suppressions', $suppressions, $old, $library ]);
}

SKIP: {
    skip 'abidiff (abigail-tools) is not installed', 1 if !have('abidiff') || !have('readelf');
    skip 'a sanitizer changes the library', 1 if sanitized();
    my $elf = run([ 'readelf', '-hSdW', $library ])->{out};
    skip 'the dump is of a library for x86-64 and glibc', 1
        if $elf !~ /ELF64/ || $elf !~ /X86-64/ || $elf !~ /\[libc\.so\.6\]/;
    skip 'the library was built without debugging information', 1 if $elf !~ /\.debug_info/;

    my $result = compare($dump);
    ok($result->{exit} == 0, 'nothing that the dump has is gone or changed (t/abi/update adds to it)')
        or diag("$result->{out}$result->{err}");
    my $text = read_file($dump);
    for (
        [ 'a function that is gone', qr/name='epipe_pipe'/, q(name='epipe_pipes') ],
        [ 'a structure of another size', qr/(name='epipe_channel' size-in-bits=)'\d+'/, q('64') ],
        [ 'a parameter of another type', qr/(?<=<function-decl name='epipe_close_from').*?<parameter type-id=\K'\w+'/s,
            sub { $text =~ /<pointer-type-def [^>]* id=('\w+')/ ? $1 : '' } ],
        )
    {
        my ($what, $pattern, $with) = @$_;
        (my $other = $text) =~ s{$pattern}{($1 // '') . (ref $with ? $with->() : $with)}ge or fail("control: $what is made");
        my $differs = compare(write_file("$dir/other.abi", $other));
        is($differs->{exit} & 4, 4, "control: $what is found") or diag(outcome($differs));
    }
}

done_testing;
