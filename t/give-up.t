#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# --give-up=N: after N swallowed signals in a row on one pipe or socket, the next one kills
# as without the shim. A program that looks at its errors, or whose FIFO finds a new reader,
# is not touched.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $repeat = probe('many-writes');

sub gives_up { my ($n, @arguments) = @_; return run([ epipe("--give-up=$n"), $repeat, @arguments ], limit => 120) }

sub lives { my ($name, $result) = @_; return is(outcome($result), 'exit 0', "$name: lives") }

sub dies { my ($name, $result) = @_; return ok(died_by_sigpipe($result), "$name: dies") || diag(outcome($result)) }

# Exactly N, counted by a byte for each on standard output.
ok(died_by_sigpipe(run([ $repeat, 'until', 1 ])), 'control: dies without epipe');
is(length run([ epipe(), $repeat, 'until', 5000 ])->{out}, 5000, 'control: without --give-up it goes on');
for my $n (1, 2, 7, 1000) {
    my $result = gives_up($n, 'until', 5000);
    dies("--give-up=$n", $result);
    is(length $result->{out}, $n, "--give-up=$n: after $n");
}
is(length gives_up(7, 'until', 7)->{out}, 7, 'as many as that and no more: lives');
is(length gives_up($_, 'until', 2000)->{out}, 2000, "--give-up=$_ is never") for 'off', 0, 1_000_000;
SKIP: {
    skip 'stdio on a descriptor that this architecture does not tell', 2
        if sanitized() || architecture() !~ /86/;
    my $stdio = gives_up(7, 'stdio', 5000);
    dies('by stdio', $stdio);
    is(length $stdio->{out}, 7, 'by stdio: after 7');
}
my $zero = gives_up(7, 'zero', 5000);
dies('a write of nothing is no success', $zero);
is(length $zero->{out}, 7, 'a write of nothing: after 7');

# The reader of a FIFO returns.
dies('control: it never does', gives_up(5, 'nobody', 3, 4));
SKIP: {
    my $control = run([ epipe(), $repeat, 'returns', 1, 1 ]);
    skip "the file system of /tmp does not note writes to a FIFO: $control->{err}", 3 if $control->{exit} == 77;
    lives('it does, after 3 of 5', gives_up(5, 'returns', 3, 4));
    lives('it does, after 5 of 5', gives_up(5, 'returns', 5, 4));
    dies('it does, too late', gives_up(5, 'returns', 6, 4));
}

# The number is used again for another pipe; or one pipe is broken all the time, under one
# number or several.
lives('another object under the number', gives_up(5, 'reused', 4, 4));
dies('control: the same one', gives_up(5, 'many', 16));

my $twice = run([ epipe('--give-up=9'), 'perl', '-e', 'pipe R, V; close R; open W, ">&", \*V; $| = 1;'
        . ' for (1 .. 1000) { syswrite $_, "x" and die for V, W; syswrite STDOUT, ".." }' ]);
dies('two numbers of one pipe', $twice);
is(length $twice->{out}, 8, 'two numbers of one pipe: after nine in all');

# Each pipe has its own count.
my $several = 'for (1 .. 40) { pipe $R, my $w; push @w, $w } close $R; $| = 1;'
    . ' for my $i (1 .. 1000) { syswrite $_, "x" for @w; syswrite STDOUT, "." }';
my $of_many = run([ epipe('--give-up=9'), 'perl', '-e', $several ]);
dies('forty descriptors', $of_many);
is(length $of_many->{out}, 9, 'forty descriptors: after nine of each');

# More than the table has room for, seven times each; then two are written to, and only
# they: neither is forgotten for the other, nor for those that were broken before.
my $crowd = 'for (1 .. 280) { pipe my $r, my $w; push @w, $w } $| = 1;'
    . ' for (1 .. 7) { syswrite $_, "x" for @w } for (1 .. 1000) { syswrite $_, "x" for @w[5, 6]; syswrite STDOUT, "." }';
my $crowded = run([ epipe('--give-up=9'), 'perl', '-e', $crowd ]);
dies('two of many', $crowded);
is(length $crowded->{out}, 9, 'two of many: after nine of each') or diag(outcome($crowded));

# Threads that write to one descriptor: up to one each may be on its way already.
my $threads = run([ epipe('--give-up=100', '--summary'), $repeat, 'threads', 5000 ]);
dies('in threads', $threads);
my ($swallowed) = $threads->{err} =~ /SIGPIPEs swallowed: (\d+)/;
ok($swallowed >= 100 - 8 && $swallowed <= 100 + 8, 'in threads: after a hundred') or diag(outcome($threads));

# A child counts anew.
lives('parent and child', gives_up(5, 'fork', 5, 5));
my $child = gives_up(5, 'fork', 5, 6);
like($child->{err}, qr/a child that lives/, 'control: a child that does not stop');

# A handler of the program's own is what it would have met.
my $handler = run([ epipe('--give-up=5', '--handlers=override'), 'perl', '-e',
        '$SIG{PIPE} = sub { print "handler\n"; exit 3 }; pipe R, W; close R; syswrite W, "x" for 1 .. 5; print "five\n";'
        . ' syswrite W, "x" for 1 .. 5' ]);
is("$handler->{out}$handler->{exit}", "five\nhandler\n3", 'a handler runs') or diag(outcome($handler));

# The log says so.
my $logged = run([ epipe('--give-up=2', '--log=stderr'), $repeat, 'until', 5 ]);
my @lines = split /\n/, $logged->{err};
is(scalar(grep { /SIGPIPE swallowed/ } @lines[ 0, 1 ]), 2, 'the log has a line for each that was swallowed');
like($lines[2], qr/SIGPIPE let through after 2 in a row: write on descriptor \d+ \(pipe:\[\d+\]\), called from/,
    'and one for the one that was not');

# What the log's limit has left out is counted before that line, which has a trace of its own.
for my $trace ([], ['--trace']) {
    my $err = run([ epipe('--give-up=90', '--log=stderr', @$trace), $repeat, 'until', 99 ])->{err};
    my ($before, $last) = $err =~ /\A(.*)^[^\n]*SIGPIPE let through after 90 in a row: ([^\n]*\n.*)\z/ms or diag($err);
    my $lines = () = $before =~ /SIGPIPE swallowed: /g;
    my $more = 0;
    $more += $_ for $before =~ /\.\.\. and (\d+) more$/mg;
    cmp_ok($more, '>', 0, "the limit @$trace: some have no line (control)");
    is($lines + $more, 90, "the limit @$trace: all ninety are told or counted");
    like($last, @$trace ? qr/\n    \S+: write/ : qr/\A[^\n]*\n\z/, "the limit @$trace: the last line's trace");
}

# With everything on, a write that succeeds is the system call that it is without.
SKIP: {
    skip 'strace is not installed', 2 if !have('strace');
    skip 'a sanitizer makes calls of its own', 2 if sanitized();
    my $trace = scratch() . '/trace';
    my $job = 'pipe R, W; close R; local $SIG{PIPE} = "DEFAULT"; syswrite W, "x" if $ARGV[0]; open(F, "<", "/start-of-work");'
        . ' socketpair(A, B, 1, 1, 0); syswrite A, "x" for 1 .. 50; send A, "y", 0x4000; open(F, "<", "/end-of-work")';
    my $calls = sub {
        my $result = run([ 'strace', '-qq', '-e', 'trace=!brk,mmap,munmap', '-o', $trace, @_ ]);
        open(my $fh, '<', $trace) or skip "strace may not trace here: $result->{err}", 2;
        my @calls = map { s/0x[0-9a-f]{3,}/ADDRESS/gr } <$fh>;
        my ($from, $to) = map { my $mark = $_; (grep { $calls[$_] =~ $mark } 0 .. $#calls)[0] // skip "strace: $result->{err}", 2 }
            qr/start-of-work", O/, qr/end-of-work", O/;
        return [ @calls[ $from .. $to ] ];
    };
    my @all = epipe('--give-up=100', '--summary', '--trace');
    my $expected = $calls->('perl', '-e', $job, 0);
    cmp_ok(scalar @$expected, '>', 50, 'control: the writes are traced');
    is_deeply($calls->(@all, 'perl', '-e', $job, 1), $expected, 'with all settings on, and a broken one before: the same calls');
}

done_testing;
