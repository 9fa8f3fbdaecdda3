#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --attach by what it finds in the process: a handler that the program has set after an
# attach, pages of another version, pipes and their ends under --keep.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Attach;
use EpipeTest;
use Test::More;

can_attach();

# A handler of its own, set after an attach: it is told, and stays.
{
    my $target = start([ 'perl', '-e', '$| = 1; print "ready $$\n"; $x = <STDIN>; $SIG{PIPE} = sub { print "mine\n" };'
        . ' print "set\n"; <STDIN>; pipe R, W; close R; syswrite W, "x"; print "end\n"' ]);
    my $pid = $target->{pid};
    is(outcome(attach($pid)), 'exit 0', 'a process without a handler: attached');
    print { $target->{in} } "\n";
    read_until($target, qr/^set/m);
    is(outcome(attach($pid)), "exit 1, err: epipe: $pid (perl): handles SIGPIPE itself: nothing to do\\n",
        'once it has set a handler: not needed');
    is(outcome(detach($pid)), "exit 1, err: epipe: $pid (perl): is not protected by an attach\\n",
        'nor is there anything to take out');
    like(finish($target)->{out}, qr/^mine\nend$/m, 'and its handler runs');
}

# The addresses of the pages of code that attaches have mapped, and one byte of them.
sub pages {
    my ($pid) = @_;
    no warnings 'portable';
    return map { hex } read_file("/proc/$pid/maps") =~ /^([0-9a-f]+)-[0-9a-f]+ r-xp 0+ 00:00 0 *$/mg;
}

sub flip_last_byte {
    my ($pid, $page) = @_;
    open(my $memory, '+<:raw', "/proc/$pid/mem") or die "/proc/$pid/mem: $!";
    my ($size, $byte);
    sysseek($memory, $page + 16, 0) && sysread($memory, $size, 4) == 4 or die "its size: $!";
    my $last = $page + unpack('L', $size) - 1;
    sysseek($memory, $last, 0) && sysread($memory, $byte, 1) == 1 or die "its last byte: $!";
    sysseek($memory, $last, 0) && syswrite($memory, $byte ^ "\x01") == 1 or die "its last byte: $!";
    return;
}

# Pages of another version, whose handler is replaced.
{
    my $target = start([ probe('waits'), 'read' ]);
    my $pid = $target->{pid};
    is(outcome(attach($pid)), 'exit 0', 'attach') for 1 .. 2;
    is(scalar(my @first = pages($pid)), 1, 'control: the same code is there once');
    flip_last_byte($pid, $first[0]);
    is(outcome(attach($pid)), 'exit 0', "over another version's: attached");
    is(scalar(my @both = pages($pid)), 2, 'with pages of its own');
    is(outcome(detach($pid)), 'exit 0', 'detach');
    is(outcome(attach($pid)), 'exit 0', 'attach again');
    like(finish($target)->{out}, qr/^alive$/m, 'and it lives');
}

# Pipes.  What the program does before the attach, and after it; the write is the last word.
sub end_of {
    my ($options, $before, $after) = @_;
    my $program = 'use POSIX; my $out = POSIX::dup(1); sub say_ { my $text = "$_[0]\n"; POSIX::write($out, $text, length $text) }'
        . " $before; say_(\"ready \$\$\"); POSIX::read(0, my \$line, 1); $after; say_(\"\$!\")";
    my $target = start([ 'perl', '-e', $program ]);
    my $said = $options && outcome(run([ epipe(@$options, '--attach'), $target->{pid} ]));
    return $said if $options && $said ne 'exit 0';
    my $result = finish($target);
    return died_by_sigpipe($result) ? 'dies' : $result->{out} =~ /^Broken pipe$/m ? 'lives' : outcome($result);
}

my $make = 'pipe(my $r, my $w); POSIX::dup2(fileno $w, 9); close $w';
my $write = 'close $r; POSIX::write(9, "x", 1)';
is(end_of(undef, $make, $write), 'dies', 'a pipe on 9: dies without an attach (control)');
SKIP: {
    skip 'only x86 keeps what a call has written to', 1 if architecture() !~ /86/;
    is(end_of(['--keep=inherited'], $make, $write), 'dies', 'a pipe on 9: dies under --keep=inherited');
}
is(end_of(['--keep=stdio'], $make, $write), 'lives', 'a pipe on 9: lives under --keep=stdio');
is(end_of(['--keep=inherited'], '', "$make; $write"), 'lives', 'a pipe made after the attach: lives under --keep=inherited');

my $read_end = 'pipe(my $r, my $w); POSIX::dup2(fileno $w, 7); close $w; POSIX::dup2(fileno $r, 1); close $r';
my $write_7 = 'POSIX::close(1); POSIX::write(7, "x", 1)';
is(end_of(undef, $read_end, $write_7), 'dies', 'a read end on 1: dies without an attach (control)');
is(end_of([], $read_end, $write_7), 'lives', 'a read end on 1: its writing end is protected');
SKIP: {
    skip 'only x86 keeps what a call has written to', 1 if architecture() !~ /86/;
    is(end_of([], 'pipe(my $r, my $w); POSIX::dup2(fileno $w, 1); POSIX::dup2(1, 7); close $w', "close \$r; $write_7"), 'dies',
        'control: what was the writing end on 1 is kept');
}

done_testing;
