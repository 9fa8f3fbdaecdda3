# SPDX-License-Identifier: MIT
#
# What programs and libraries are made of, and by which compiler, for tests that build them
# in their own way.

package Sources;

use strict;
use warnings;
use EpipeTest;
use Exporter qw(import);

our @EXPORT = qw(sources_of flags_of build_static map_names kernel_headers cc32 build_self_attach_32);

# What make says of NAME.
sub flags_of {
    my ($name) = @_;
    my ($list) = `env -u MAKEFLAGS -u MAKELEVEL make -s -C '$BUILD' sources` =~ /^\Q$name\E (.*)/m
        or die "make sources: no $name";
    return split ' ', $list;
}

# The C files of a program or library, as make has them.
sub sources_of { return map { "$SOURCE/$_" } grep { /\.c$/ } flags_of(@_) }

# Builds the test program NAME and the library it needs as the static program TO; undef where
# no such program can be built.
sub build_static {
    my ($name, $to) = @_;
    my $built = run([ split(' ', $ENV{TEST_CC} || 'cc'), qw(-static -std=gnu11 -D_GNU_SOURCE -O2 -w), "-I$SOURCE",
            "-I$SOURCE/include", '-o', $to, map({ sources_of($_) } $name, qw(libepipe libcore)), '-lpthread' ],
        limit => 120);
    return $built->{exit} == 0 ? $to : undef;
}

# The names that the version script MAP, a file of the sources, makes global.
sub map_names {
    my ($global) = read_file("$SOURCE/$_[0]") =~ s{/\*.*?\*/}{}gsr =~ /global:(.*?)local:/s;
    return sort $global =~ /(\w+);/g;
}

# Where Debian has those of the kernel's headers that are an architecture's, of what GCC makes
# programs for; nothing elsewhere.
sub kernel_headers {
    my ($gcc) = @_;
    my ($triplet) = have($gcc) ? run([ $gcc, '-print-multiarch' ])->{out} =~ /^(\S+)$/m : ();
    return grep { -e "$_/asm/unistd.h" } map { "/usr/include/$_" } $triplet // ();
}

# The compiler for programs of 32 bits: gcc itself, and the headers that Debian's multilib
# packages take from elsewhere.
sub cc32 {
    my ($gcc) = (grep({ have($_) } map { "gcc-$_" } reverse 10 .. 16), 'gcc');
    return ($gcc, '-m32', map { ('-idirafter', $_) } kernel_headers($gcc));
}

# Builds t/probe/self-attach.c as the preload object TO for programs of 32 bits; undef where none
# can be built.
sub build_self_attach_32 {
    my ($to) = @_;
    my $built = run([ cc32(), qw(-fPIC -shared -w -D_GNU_SOURCE -o), $to, "$SOURCE/t/probe/self-attach.c" ]);
    return $built->{exit} == 0 ? $to : undef;
}

1;
