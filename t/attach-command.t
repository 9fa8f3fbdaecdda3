#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --attach as a command: what it takes for a process, which options it can be combined
# with, and where it is started from.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Attach;
use EpipeTest;
use POSIX ();
use Test::More;

plan skip_all => 'a sanitizer makes system calls of its own in the target, and in the tracer' if sanitized();
can_attach();
my $target = start([ probe('waits'), 'read' ]);
my $pid = $target->{pid};

# Does the process catch SIGPIPE?
sub is_caught { return hex(status_of($_[0] // $pid, 'SigCgt')) >> 12 & 1 }

# What is refused attaches to nothing: the last case is the control.
for my $case (
    [ qr/^epipe: --attach cannot be combined with --check$/, '--check', '--attach', $pid ],
    [ qr/^epipe: --check cannot be combined with --attach$/, '--attach', '--check', $pid ],
    [ qr/^epipe: --attach cannot be combined with --show$/, '--show', '--attach', $pid ],
    [ qr/^epipe: --detach cannot be combined with --attach$/, '-a', '-d', $pid ],
    [ qr/^epipe: --fallback cannot be combined with --attach$/, '--fallback=ignore', '--attach', $pid ],
    [ qr/^epipe: --list cannot be combined with --attach$/, '--attach', '--list' ],
    [ qr/^epipe: '--keep=none' is no process number$/, '--attach', $pid, '--keep=none' ],
    [ qr/^epipe: 'x1' is no process number$/, '--attach', $pid, 'x1' ],
    [ qr/^epipe: '' is no process number$/, '--attach', $pid, '' ],
    [ qr/^epipe: 'all' is not expected: --list takes no program; --list=all lists all$/, '--list', 'all' ],
    [ qr/^epipe: 'x' is not expected: --self-test takes no program$/, '--self-test', 'x' ],
    [ qr/^epipe: --fallback cannot be combined with --list$/, '--fallback=ignore', '--list' ],
    [ qr/^epipe: --keep cannot be combined with --list$/, '-k', 'none', '--list' ],
    [ qr/^epipe: --log cannot be combined with --self-test$/, '-T', '--log=off' ],
    [ qr/^epipe: --keep cannot be combined with --check$/, '-C', '-k', 'none', 'cat' ],
    [ qr/^epipe: --fallback cannot be combined with --check$/, '-C', '--fallback=ignore', 'cat' ],
    [ qr/^epipe: 'systemd' is not expected: --show=systemd prints a drop-in file$/, '-s', 'systemd' ],
    [ qr/^epipe: 'b' is not expected: --show=systemd takes one unit$/, '--show=systemd', 'a', 'b' ],
    [ qr/^epipe: --keep takes a value; 'epipe --help' lists the options$/, '-sk' ],
    [ qr/^epipe: --log takes a value; /, '--lo' ],
    [ qr/^epipe: no process given/, '--attach' ])
{
    my ($says, @words) = @$case;
    my $result = run([ epipe(@words) ]);
    ok($result->{exit} == 125 && $result->{err} =~ $says && $result->{err} =~ tr/\n// == 1, "@words: refused")
        or diag(outcome($result));
}
is(is_caught(), 0, 'and nothing was attached to');
is(run([ epipe(@$_) ])->{exit}, 0, "@$_: taken (control)") for [qw(-s -k none cat)], [qw(-C cat)], [qw(--show=systemd a)], ['-T'];
is(run([ epipe('--attach'), $pid ], env => { EPIPE_KEEP => 'nonsense' })->{exit}, 125, 'the variable of --keep is heeded');
is(outcome(run([ epipe('--attach'), $pid ], env => { EPIPE_LOG => 'nonsense' })), 'exit 0', 'no other one');
is(is_caught(), 1, 'and it was attached to (control)');
detach($pid);

# Whoever started it may ignore SIGCHLD, or leave it few descriptors.
my $ignored = run([ 'perl', '-e', '$SIG{CHLD} = "IGNORE"; exec @ARGV', epipe('--attach'), $pid ]);
is(outcome($ignored), 'exit 0', 'SIGCHLD is ignored');
detach($pid);
my %count;
for my $limit (4 .. 8) {
    my $result = shell("ulimit -n $limit; exec " . join ' ', epipe('--attach'), $pid);
    my $caught = is_caught();
    detach($pid) if $caught;
    $count{$caught}++;
    ok($result->{exit} == ($caught ? 0 : 125) && ($caught || $result->{err} =~ /Too many open files/), "$limit descriptors")
        or diag(outcome($result));
}
is(scalar keys %count, 2, 'some are too few, some are enough');
ok(died_by_sigpipe(finish($target)), 'and it is as it was');

# A thread stands for its process, also for ten at a time.
my $threads = start([ probe('idle-process'), 'block-one' ], ready => 0);
my @tids = @{ until_true(sub { my @found = map { s{.*/}{}r } glob("/proc/$threads->{pid}/task/*"); @found == 2 && [ sort @found ] }) // [] };
my @attaches = map { start([ epipe('--attach'), $tids[$_ % 2] ], ready => 0) } 1 .. 10;
is_deeply([ map { outcome(finish($_)) } @attaches ], [ ('exit 0') x 10 ], 'by the number of a thread, and of its process');
is(finish($threads)->{exit}, 0, 'and it lives');

# Where exec changes nothing by which memory could be told apart.
SKIP: {
    skip 'setarch -R is not to be had here', 3 if !have('setarch') || run([qw(setarch -R true)])->{exit} != 0;
    my $changing = start([ 'setarch', '-R', probe('churn'), 'exec' ]);
    my @said = map { outcome(attach($changing->{pid})) } 1 .. 10;
    cmp_ok(scalar(grep { $_ eq 'exit 0' } @said), '>', 0, 'exec at the same addresses: some are attached to') or diag(join "\n", @said);
    is_deeply([ grep { !/^exit 0$|executes other programs|has ended|no room/ } @said ], [], 'exec at the same addresses: attached, or told why not');
    like(finish($changing)->{out}, qr/^ok [1-9]\d*$/m, 'and it goes on');
}

done_testing;
