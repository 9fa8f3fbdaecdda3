#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# extras/bpftrace: a line for each process that a broken write kills, and for none that is
# not: ignored, handled, blocked, under epipe, killed by somebody else.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Peer qw(start);
use Test::More;

plan skip_all => 'bpftrace is not installed' if !have('bpftrace');
plan skip_all => 'only root can trace the kernel' if $> != 0;

my $break = 'pipe R, W; close R; syswrite W, "x"';
my %living = (
    ignores => "\$SIG{PIPE} = 'IGNORE'; $break",
    handles => "\$SIG{PIPE} = sub { }; $break",
    blocks  => "use POSIX (); POSIX::sigprocmask(POSIX::SIG_BLOCK, POSIX::SigSet->new(POSIX::SIGPIPE)); $break",
);

# The PIDs of a process that is called NAME and runs CODE, without and with a wrapper.
sub pid_of {
    my ($code, @wrapper) = @_;
    my $result = start([ @wrapper, $^X, '-e', "\$| = 1; print \$\$; $code" ])->finish;
    return $result->{out};
}

for my $script (qw(sigpipe sigpipe-stacks)) {
  SKIP: {
        my $trace = start([ qw(unshare -m sh -c), 'mount -t tracefs none /sys/kernel/tracing 2>/dev/null; exec bpftrace "$0"',
                "$SOURCE/extras/bpftrace/$script.bt" ]);
        # It prints its head before it traces: only what dies after a death that it has told is told for certain.
        my $told = sub { $trace->text('out') =~ /^\S+ +$_[0] perl +$$ \S+ +0$/m };
        my @first;
        until_true(sub { $trace->ended || grep({ $told->($_) } @first) || (push(@first, pid_of($break)) && 0) });
        if (!grep { $told->($_) } @first) {
            kill KILL => $trace->{pid};
            skip "no tracing here: " . ($trace->finish->{err} =~ /(.*)\n*\z/)[0], 3;
        }
        my %pid = map { $_ => pid_of($living{$_}) } sort keys %living;
        $pid{protected} = pid_of($break, epipe());
        $pid{killed} = pid_of('kill PIPE => $$');
        $pid{dies} = pid_of($break);
        ok(until_true(sub { $told->($pid{dies}) }), "$script: a process that dies, its parent and user");
        kill INT => $trace->{pid};
        my $text = $trace->finish->{out};
        is_deeply([ grep { $text =~ /^\S+ +$pid{$_} /m } sort keys %pid ], ['dies'], "$script: and no other") or diag($text);
        like($text, qr/^ +\S*write\S*\+\d+$/m, "$script: the call, in the kernel's stack") if $script =~ /stacks/;
    }
}

done_testing;
