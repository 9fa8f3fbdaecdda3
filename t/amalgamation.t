#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# make amalgamation: the library in two files compiles without a warning wherever it is taken
# to, exports nothing, passes the library's own tests, and stands beside other copies, the
# library and the shim.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Sources;
use Test::More;

plan skip_all => "a sanitizer's library would have to be linked first" if sanitized();

my $dir = scratch();
my $made = run([ "$SOURCE/lib/amalgamate", $SOURCE, $dir ]);
is($made->{exit} . $made->{err}, '0', 'epipe.c and epipe.h are written') or BAIL_OUT('no amalgamation');
is_deeply([ grep { /^#include "(?!epipe\.h")/m } read_file("$dir/epipe.c"), read_file("$dir/epipe.h") ], [], 'and include no other file of the tree');

my $cc = $ENV{TEST_CC} // 'cc';
my @warnings = qw(-Wall -Wextra -Wpedantic -Wconversion -Werror);

sub compile {
    my ($compiler, @arguments) = @_;
    my @libraries = grep({ $_ eq '-c' } @arguments) ? () : '-pthread';
    return run([ split(' ', $compiler), @arguments, @libraries ], cwd => $dir, limit => 120);
}

# Each in C11, without a warning; where the compiler has what it needs for any program.
write_file("$dir/any.c", "#include <sys/socket.h>\nint main(void) { return 0; }\n");
for my $compiler ($cc, "$cc -flto", join(' ', cc32()), "$cc -D_FILE_OFFSET_BITS=64", 'clang', 'musl-gcc') {
  SKIP: {
        skip "$compiler: does not compile here", 1 if compile($compiler, '-c', '-o', 'any.o', 'any.c')->{exit};
        for my $how ('', '-DEPIPE_STATIC', '-DEPIPE_PREFIX=mine_') {
            my $result = compile($compiler, '-std=c11', '-O2', @warnings, ($how) x !!$how, '-c', '-o', 'epipe.o', 'epipe.c');
            is($result->{exit} . $result->{err}, '0', "$compiler $how: no warning");
        }
    }
}

# The names in the object file; __x86.get_pc_thunk.ax and others of i386 are the compiler's.
sub names {
    my (@flags) = @_;
    compile($cc, '-O2', '-fPIC', @flags, '-c', '-o', 'names.o', 'epipe.c');
    return grep { !/^__x86\./ } map { (split)[-1] } grep { / [TDBRCV] / } split /\n/, run([ 'nm', "$dir/names.o" ])->{out};
}
SKIP: {
    skip 'nm (binutils) is not installed', 4 if !have('nm');
    my @plain = names();
    ok((grep { $_ eq 'epipe_write' } @plain), 'control: functions have names');
    is_deeply([ grep { !/^epipe_/ } @plain ], [], 'all of them epipe_');
    is_deeply([ sort(names('-DEPIPE_PREFIX=mine_')) ], [ sort map { "mine_$_" } @plain ], 'EPIPE_PREFIX: each has it');
    is_deeply([ names('-DEPIPE_STATIC') ], [], 'EPIPE_STATIC: there is none');
    compile($cc, '-shared', '-fPIC', '-o', 'exports.so', 'epipe.c');
    is(run([ 'nm', '-D', '--defined-only', "$dir/exports.so" ])->{out}, '', 'a shared library exports none');
}

# The library's own tests, linked with the file in its place.
my @flags = ('-std=gnu11', '-D_GNU_SOURCE', '-O2', '-w', "-I$dir", "-I$SOURCE");
SKIP: {
    skip 'cmocka was not there at configure time', 1 if !-x "$BUILD/t/unit/scopes";
    for my $unit (qw(scopes blocks install process-scopes keep-stdio write-all)) {
        my $built = compile($cc, @flags, '-DEPIPE_PREFIX=mine_', '-o', $unit, "$SOURCE/t/unit/$unit.c", 'epipe.c', '-lcmocka', '-lutil');
        is($built->{exit}, 0, "$unit builds") or diag($built->{err}), next;
        my $result = run([ "$dir/$unit" ], limit => 120);
        ok($result->{exit} == 0 && $result->{signal} == 0, "$unit: passes") or diag(outcome($result));
    }
}

# Several in one process.
my @shared = ('-shared', '-fPIC', "-I$SOURCE/t/probe");
my $program = "$dir/copies";
is(compile($cc, @flags, @shared, "-DCOPY=copy_$_", '-o', "lib$_.so", "$SOURCE/t/probe/copy.c")->{exit}, 0, "a library with a copy, $_") for qw(one two);
my $built = compile($cc, '-std=gnu11', '-w', "-I$SOURCE/include", "-I$SOURCE/t/probe", '-o', 'copies', "$SOURCE/t/probe/copies.c", "$dir/libone.so", "$dir/libtwo.so",
    "$BUILD/.libs/libepipe.so");
is($built->{exit}, 0, 'a program with both, and with the library') or diag($built->{err});
my %how = (env => { LD_LIBRARY_PATH => "$dir:$BUILD/.libs" }, limit => 120);
is(run([ $program, 0 ], %how)->{out}, "144 orders, 0 wrong\n", 'whoever comes or goes first, each protects, and then a write kills')
    or diag(outcome(run([ $program, 0 ], %how)));
is(run([ epipe($program), 1 ], %how)->{out}, "144 orders, 0 wrong\n", 'under the shim it lives then')
    or diag(outcome(run([ epipe($program), 1 ], %how)));
like(run([ $program, 1 ], %how)->{out}, qr/^144 orders, 72 wrong$/m, 'control: that is noticed');

done_testing;
