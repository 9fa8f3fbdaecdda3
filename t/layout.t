#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The layout of the sources: each folder includes only from the folders below it, no
# headers include each other in a circle, each file says its licence and stays short,
# each C file is built, and scripts and patches fit what they name.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use File::Basename qw(dirname);
use Test::More;

# What a file in each folder may include, beside its own folder.
my %below = (
    'lib/core'    => [],
    'lib'         => ['lib/core'],
    'lib/proc'    => [ 'lib', 'lib/core' ],
    'preload/log' => ['lib/core'],
    'preload'     => [ 'preload/log', 'lib/core' ],
    'graft'       => ['lib/core'],
    'cmd'         => [ 'graft', 'preload/counters.h', 'preload/preload-list.h', 'preload/settings.h', 'lib/core' ],
);

# The files that FILE includes by a path in the tree SOURCE; those of include/ are anybody's.
sub included {
    my ($source, $file) = @_;
    return grep { !m{^include/} }
        map { -e "$source/" . dirname($file) . "/$_" ? dirname($file) . "/$_" : -e "$source/include/$_" ? "include/$_" : $_ }
        read_file("$source/$file") =~ /^#include "([^"]+)"/mg;
}

sub files_in {
    my ($source, $folder) = @_;
    return map { s{^\Q$source\E/}{}r } sort glob "$source/$folder/*.[ch] $source/$folder/arch/*.[ch]";
}

# "FILE: INCLUDED" for each include that is not allowed.
sub upward {
    my ($source) = @_;
    my @bad;
    for my $folder (sort keys %below) {
        for my $file (files_in($source, $folder)) {
            for my $included (included($source, $file)) {
                my $room = dirname($included) =~ s{/arch$}{}r;
                push @bad, "$file: $included" if !grep { $_ eq $room || $_ eq $included } $folder, @{ $below{$folder} };
            }
        }
    }
    return \@bad;
}

# The first circle of headers, as "a.h b.h a.h", or nothing.
sub circle {
    my ($source, $file, @way) = @_;
    return join ' ', @way, $file if grep { $_ eq $file } @way;
    for my $next (included($source, $file)) {
        my $found = -e "$source/$next" && circle($source, $next, @way, $file);
        return $found if $found;
    }
    return '';
}

is_deeply(upward($SOURCE), [], 'no folder includes from one above it');
my @files = map { files_in($SOURCE, $_) } keys %below;
is_deeply([ grep { $_ } map { circle($SOURCE, $_) } grep { /\.h$/ } @files ], [], 'no circle of headers');

my $dir = scratch();
mkdir "$dir/$_" for qw(lib lib/core preload);
write_file("$dir/lib/core/a.h", qq(#include "preload/b.h"\n));
write_file("$dir/preload/b.h", qq(#include "lib/core/a.h"\n));
is_deeply(upward($dir), ['lib/core/a.h: preload/b.h'], 'control: an include from above is found');
is(circle($dir, 'preload/b.h'), 'preload/b.h lib/core/a.h preload/b.h', 'control: so is a circle');

is_deeply([ grep { read_file("$SOURCE/$_") !~ m{\A/\* SPDX-License-Identifier: MIT} } @files ], [], 'each file names its licence');
is_deeply([ grep { (() = read_file("$SOURCE/$_") =~ /\n/g) > 250 } @files ], [], 'none is longer than 250 lines');
is_deeply([ grep { (() = read_file($_) =~ /\n/g) > 250 } map { glob "'$SOURCE'/$_" } qw(t/*.t t/lib/*.pm t/*/*.[ch] qa/*/*.[ch]) ], [],
    'nor is a test');
my $makefiles = join '', map { read_file($_) } glob "$SOURCE/*/local.mk";
is_deeply([ grep { my ($name) = m{([^/]+)$}; /\.c$/ && $makefiles !~ m{/\Q$name\E(?:\s|$)}m } @files ], [], 'each C file is built');

# Perl's scripts, of which `make check` runs few: what they use is where they say.
my @scripts = grep { read_file($_) =~ /\A#!.*perl/ } glob "$SOURCE/{bench,examples,qa,qa/*,t/mutants}/*";
my $compiles = sub {
    my $result = run([ $^X, '-c', $_[0] ], env => { PERL5LIB => undef });
    my ($missing) = $result->{err} =~ m{^Can't locate (\S+\.pm) };
    return $result->{exit} == 0 ||
        (defined $missing && !grep { -e "$SOURCE/$_/$missing" } qw(bench examples t/lib)); # it is not installed
};
is_deeply([ grep { !$compiles->($_) } @scripts ], [], 'each Perl script finds its modules');
ok(!$compiles->(write_file("$dir/script", "use lib '/nowhere'; use EpipeTest;\n")), 'control: another does not');

# What the patches of t/mutants, which check-mutants applies, say of the sources.
SKIP: {
    skip 'patch is not installed', 2 if !have('patch');
    my $does_not_apply = sub { run([ 'patch', '-d', $SOURCE, qw(-p1 -F0 -f --dry-run -i), $_[0] ])->{exit} != 0 };
    is_deeply([ grep { $does_not_apply->($_) } glob "$SOURCE/t/mutants/*.patch" ], [], 'each patch of t/mutants applies');
    ok($does_not_apply->(write_file("$dir/p", "--- a/NEWS\n+++ b/NEWS\n@@ -1 +1 @@\n-x\n+y\n")), 'control: another does not');
}

done_testing;
