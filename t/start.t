#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# What epipe itself costs a start: no more system calls than stdbuf makes before it
# executes the program, and no more memory than leaves the program alone room to start.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use List::Util qw(first);
use Test::More;

plan skip_all => 'a sanitizer takes memory and system calls of its own' if sanitized();
my $dir = scratch();
my ($true) = have('true');
my %plain = (env => { map({ $_ => undef } keys %ENV), PATH => $ENV{PATH}, LC_ALL => 'C' });

# The names of the system calls from a command's own exec to the one of what it runs, but for
# the question whether that has file capabilities, which only a user's epipe has to ask.
sub before_exec {
    my (@command) = @_;
    my $result = run([ 'strace', '-o', "$dir/calls", @command ], %plain);
    $result->{exit} == 0 or diag(outcome($result));
    my @calls = map { /^(\w+)\(/ ? $1 : () } split /\n/, read_file("$dir/calls");
    my ($next) = grep { $calls[$_] eq 'execve' } 1 .. $#calls;
    return defined $next ? grep({ $_ ne 'fgetxattr' } @calls[ 0 .. $next - 1 ]) : ();
}

SKIP: {
    skip 'strace is not installed', 5 if !have('strace');
    skip 'stdbuf (coreutils) is not installed', 5 if !have('stdbuf');
    my @stdbuf = before_exec('stdbuf', '-oL', $true);
    my @epipe = before_exec(epipe(), $true);
    skip 'strace cannot trace here', 5 if !@stdbuf;
    cmp_ok(scalar @stdbuf, '>', 10, 'control: the calls of stdbuf are seen');
    cmp_ok(scalar @epipe, '<=', scalar @stdbuf, "@{[ scalar @epipe ]} calls before exec, stdbuf has @{[ scalar @stdbuf ]}")
        or diag("@epipe");
    my @set = before_exec(epipe('--keep=none', '-S'), $true);
    cmp_ok(scalar @set, '<=', scalar @stdbuf, 'and with settings');
    my @twice = before_exec('stdbuf', '-oL', 'stdbuf', '-oL', $true);
    is(scalar @twice, scalar @stdbuf, 'control: what is executed is not counted');
    cmp_ok(scalar(() = grep { /^pread/ } before_exec(epipe(), 'perl', '-e', 0)), '<=', 8,
        'a larger program is read by a few preads');
}

# Under each limit the program starts by itself; the shim that the loader cannot load
# there it leaves out.
sub limited {
    my ($option, $kilobytes, @command) = @_;
    my $script = 'ulimit "$1" "$2" || exit 99; shift 2; exec "$@"';
    return run([ 'sh', '-c', $script, 'sh', $option, $kilobytes, @command ], %plain);
}

# Of address space a program wants what its libc takes; epipe may want 176 kB more than true.
my $starts = sub { !limited('-v', $_[0], $true)->{exit} };
my $hundreds = first { $starts->(100 * $_) } 10 .. 60;
my $least = first { $starts->($_) } map { 100 * ($hundreds // 1) + 4 * $_ } -25 .. 0;
my $enough = ($least // 0) + 176;
for my $case ([ '-v', $enough, 'address space' ], [ '-v', $enough + 500, 'address space' ], [ '-d', 300, 'data' ],
    [ '-s', 20, 'stack' ], [ '-s', 32, 'stack' ])
{
    my ($option, $kilobytes, $name) = @$case;
SKIP: {
        my $alone = limited($option, $kilobytes, $true);
        skip "$name of $kilobytes kB: not enough for a program alone", 1 if $alone->{exit};
        my $result = limited($option, $kilobytes, epipe(), $true);
        is($result->{exit}, 0, "$name of $kilobytes kB: it starts") or diag(outcome($result));
    }
}
# Control: limits that are heeded, and a program whose data is as large as epipe's was.
{
    my $large = "$dir/large";
    my $source = write_file("$dir/large.c", "static char data[640 << 10];\n"
        . "int main(int c, char **v) { data[c] = 1; return data[c] != 1 || v[0] == 0; }\n");
    run([ split(' ', $ENV{TEST_CC} // 'cc'), '-o', $large, $source ]);
SKIP: {
        skip 'no program can be built', 2 if !-x $large;
        is(run([$large])->{exit}, 0, 'control: a program with much data starts');
        my $limited = limited('-d', 300, $large);
        isnt($limited->{exit}, 0, 'control: and does not under a limit of 300 kB');
    }
}

done_testing;
