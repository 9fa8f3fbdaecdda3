#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# --summary: one line at the end of a process, with exact counts: the signals
# swallowed by kind of descriptor, and those that were let through.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use POSIX ();
use Test::More;

my $write = probe('broken');
my $repeat = probe('many-writes');
my $dir = scratch();

# The counts in each summary in TEXT, "pipe socket other let-through", by process.
sub summaries {
    my ($text) = @_;
    my @all;
    while ($text =~ /^(?:\S+Z )?epipe\[(\d+)\]: \S+: summary: SIGPIPEs swallowed: (\d+) \(pipe (\d+), socket (\d+), other (\d+)\), let through: (\d+)$/mg) {
        push @all, [ $1, $2 == $3 + $4 + $5 ? "$3 $4 $5 $6" : "no sum: $&" ];
    }
    return @all;
}

sub is_summary {
    my ($name, $result, $counts) = @_;
    my @all = summaries($result->{err});
    return is(join(', ', map { $_->[1] } @all), $counts, $name) || diag(outcome($result));
}

sub summed { return run([ epipe('--summary'), @_ ], limit => 120) }

unlike(run([ epipe(), $write, 'write', 'pipe' ])->{err}, qr/summary/, 'control: nothing is said without');
is_summary('nothing is broken', summed('true'), '0 0 0 0');
is_summary("$_->[0]: $_->[1]", summed($write, 'write', $_->[0]), $_->[1])
    for [ pipe => '1 0 0 0' ], [ fifo => '1 0 0 0' ], [ unix => '0 1 0 0' ], [ tcp => '0 1 0 0' ];
SKIP: {
    skip 'a sanitizer calls where stdio would', 2 if sanitized();
    is_summary('a raw system call', summed($write, 'syscall', 'pipe'), '1 0 0 0');
    is_summary('stdio', summed($write, 'fflush', 'unix'), '0 1 0 0');
}
is_summary('EPIPE without a signal', summed($write, 'write', 'seqpacket'), '0 0 0 0');
is_summary('many', summed($repeat, 'many', 5000), '0 5000 0 0');
is_summary('in threads', summed($repeat, 'threads', 1000), '0 8000 0 0');

# The counters are kept without it, too, and can be read from outside.  The kind is that of the
# call for a send, and the object's where that had to be asked for.
SKIP: {
    my ($offset) = run([ 'nm', '-D', shim() ])->{out} =~ /^([0-9a-f]+) D epipe_preload_counters/m;
    ok($offset, 'the shim exports where the counters are') or skip 'no counters', 3;
    my $count = sub {
        my ($job) = @_;
        pipe(my $from, my $to) or die "pipe: $!";
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            default_sigpipe();
            open(STDOUT, '>&', $to) or POSIX::_exit(99);
            exec epipe(), $^X, '-e', "use Socket; $job; syswrite STDOUT, '.'; sleep 60" or POSIX::_exit(127);
        }
        close $to;
        sysread $from, my $ready, 1;
        my ($base) = read_file("/proc/$pid/maps") =~ m{^([0-9a-f]+)-.* 0+ .*/libepipe-preload\.so$}m;
        my $counts = 'not readable';
        if (open(my $mem, '<:raw', "/proc/$pid/mem")) {
            no warnings "portable"; # numbers beyond 32 bits
            my $at = sub { sysseek $mem, $_[0], 0; sysread $mem, my $bytes, $_[1]; return $bytes };
            my ($magic, $version, $size, $address) = unpack 'a8 L L Q', $at->(hex($base) + hex $offset, 24);
            $counts = join ' ', $magic, $version, unpack 'Q*', $at->($address, $size);
        }
        kill KILL => $pid;
        waitpid $pid, 0;
        return $counts;
    };
    skip 'no 64-bit numbers in this perl', 3 if !eval { unpack 'Q', '12345678' };
    my $pair = 'socketpair A, B, AF_UNIX, SOCK_STREAM, 0; close B';
    is($count->(''), 'EPIPECNT 3 0 0 0 0 0', 'at first they are zero');
    is($count->("$pair; send A, 'x', 0 for 1 .. 3"), 'EPIPECNT 3 0 0 3 0 0', 'three sends');
    is($count->('pipe R, W; close R; syswrite W, "x" for 1 .. 4'), 'EPIPECNT 3 0 4 0 0 0', 'four writes, beside a standard output that is a pipe');
}

# It is the summary's line alone, one write, and where the log is.
my $one = summed($repeat, 'many', 3);
is($one->{err} =~ tr/\n//, 1, 'one line');
like($one->{err}, qr/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z epipe\[\d+\]: many-writes: summary: .*\n\z/, 'with the time and the process');
my $logged = run([ epipe('--summary', "--log=$dir/log"), $repeat, 'many', 3 ]);
is($logged->{err}, '', 'with --log nothing on standard error');
open(my $fh, '<', "$dir/log") or die "$dir/log: $!";
my @lines = <$fh>;
ok(@lines == 4 && $lines[3] =~ /summary/, 'but a last line in the log');

# Processes.
my $forked = summed($repeat, 'fork', 7, 3);
is_summary('a forked child counts anew', $forked, '0 3 0 0, 0 7 0 0');
isnt((summaries($forked->{err}))[0][0], (summaries($forked->{err}))[1][0], 'and each is a process of its own');
is_summary("a vfork child's are its parent's", summed($repeat, 'vfork', 7, 3), '0 10 0 0');
is_summary('an end by _exit says nothing', summed($repeat, '_exit', 3), '');
my $aborted = summed($repeat, 'abort', 3);
is($aborted->{signal}, 6, 'control: it aborts');
is_summary('nor does one by a signal', $aborted, '');

# A kept descriptor kills, and no destructor runs after that.
my $kept = shell(join ' ', epipe('--summary'), q(perl -e 'socketpair A, B, 1, 1, 0; close B;'),
    q(-e 'syswrite A, "x" for 1 .. 3; $| = 1; print "y\n" for 1 .. 1_000_000' | head -n 1 >&2; exit ${PIPESTATUS[0]}));
is($kept->{exit}, 141, 'a kept descriptor kills');
is_summary('after the summary', $kept, '0 3 0 1');
my $of_child = summed(probe('log-context'), 'vfork', 3);
is($of_child->{out}, "vfork: ok\n", 'a vfork child is killed by one, and its parent goes on') or diag(outcome($of_child));
is_summary('which says it all, once', $of_child, '0 3 0 1');
my $untold = run([ epipe('--log=stderr'), probe('log-context'), 'vfork', 50 ]);
my ($parent) = $untold->{err} =~ /epipe\[(\d+)\]: log-context: thread/;
is(join(' ', $untold->{err} =~ /epipe\[(\d+)\]: log-context: \.\.\. and (\d+) more/g), "$parent 40",
    'and what was not told is told by the parent') or diag(outcome($untold));
my $killed = run([ epipe('--summary'), 'perl', '-e', 'kill PIPE => $$; sleep 60' ]);
ok(died_by_sigpipe($killed), 'a SIGPIPE from elsewhere kills');
is_summary('without one', $killed, '');
my $handled = run([ epipe('--summary', '--handlers=override', '--keep=stdio,' . join ',', 3 .. 9), 'perl', '-e',
        '$SIG{PIPE} = sub { $n++ }; socketpair A, B, 1, 1, 0; close B; syswrite A, "x" for 1 .. 3; print "ran $n\n"' ]);
is($handled->{out}, "ran 3\n", "the program's handler runs for a kept descriptor") or diag(outcome($handled));
is_summary('and these are let through', $handled, '0 0 0 3');

# The first process of a PID namespace survives what kills others, as often as it likes.
SKIP: {
    my @first = ('unshare', $> == 0 ? '-pf' : '-rpf');
    skip 'no PID namespace to be had', 2 if sanitized() || run([ @first, 'true' ])->{exit} != 0;
    my $job = 'pipe R, W; close R; open STDOUT, ">&", \*W; syswrite STDOUT, "x" for 1 .. 500; socketpair A, B, 1, 1, 0;'
        . ' close B; syswrite A, "x" for 1 .. 500';
    my $first = run([ @first, epipe('--summary', '--give-up=3'), 'perl', '-e', $job ]);
    is_summary('the first process of a namespace: once, at its end', $first, '0 3 0 997');
    my $told = run([ @first, epipe('--log=stderr', '--give-up=3'), 'perl', '-e', $job ]);
    my $lines = () = $told->{err} =~ /let through after 3/g;
    my ($more) = $told->{err} =~ /\.\.\. and (\d+) more/;
    ok(defined $more && $lines < 497, 'and its log is limited') or diag(outcome($told));
}

# Standard error that is no longer what it was at start.
my $moved = summed('perl', '-e', 'open STDERR, ">", $ARGV[0]', "$dir/moved");
is_summary('standard error opened anew', $moved, '');
is(-s "$dir/moved", 0, 'and nothing is written to what it has become');

# A program that closes it at its end, as those of the GNU coreutils do, says nothing there,
# and has its line in a file.
SKIP: {
    skip 'no cat of the GNU coreutils', 2 if run([ 'cat', '--version' ])->{out} !~ /GNU coreutils/;
    is_summary('standard error closed before the destructors', summed('cat', '/dev/null'), '');
    run([ epipe('--summary', "--log=$dir/cat"), 'cat', '/dev/null' ]);
    open(my $cat, '<', "$dir/cat") or die "$dir/cat: $!";
    is_summary('with --log it is there', { err => join '', <$cat> }, '0 0 0 0');
}

done_testing;
