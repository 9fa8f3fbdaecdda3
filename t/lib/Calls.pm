# SPDX-License-Identifier: MIT
#
# The system calls of a run after start-up, by process and in order, without what varies
# by itself; and the comparison of runs with and without the shim.
#
# Start-up ends, in each program of the tree that is run, with the call that
# t/probe/marker.c makes: its constructor is the last one that the loader runs, right
# after the shim's.

package Calls;

use strict;
use warnings;
use Exporter qw(import);
use Test::More ();

use EpipeTest;

our @EXPORT = qw(why_not traced calls_of first_process same_calls);

# Where examples/fetch-servers has unpacked servers that this system does not have.
$ENV{PATH} .= ":$BUILD/servers/usr/sbin:$BUILD/servers/usr/bin";
my $libraries = join ':', glob "$BUILD/servers/{usr/,}lib/*-linux-*";

sub module { return "$BUILD/t/probe/.libs/lib$_[0].so" }

# Why nothing can be traced here, or undef.
sub why_not {
    return 'strace is not installed' if !have('strace');
    return 'a sanitizer makes calls of its own' if sanitized();
    my $trial = run([ 'strace', '-qq', '-o', '/dev/null', 'true' ]);
    return $trial->{exit} == 0 ? undef : "strace may not trace here: $trial->{err}";
}

# The command that runs COMMAND under strace, which writes a file TRACE.PID for each
# process and thread. VARIABLES are NAME=VALUE; PRELOAD goes behind the marker.
sub traced {
    my ($trace, $with, @command) = @_;
    unlink glob "$trace.*";
    my @variables = ("LD_LIBRARY_PATH=$libraries", 'LC_ALL=C', 'PERL_HASH_SEED=0', 'PYTHONHASHSEED=0', @{ $with->{variables} // [] },
        'LD_PRELOAD=' . join ':', module('epipemarker'), @{ $with->{preload} // [] });
    return ('strace', '-ff', '-qq', '-s', 40, '-o', $trace, (map { ('-E', $_) } @variables), @command);
}

# Calls whose arguments or results are numbers of processes.
my $about_processes = qr/^(?:(?:t|tg)?kill|wait4|waitid|get[ptgs]+id|getpgrp|setpgid|set_tid_address|clone3?|v?fork
    |pidfd_open|rt_t?g?sigqueueinfo|prlimit64|sched_\w+|fcntl(?:64)?)\(/x;

# Without addresses, times and random numbers, and with SIG_DFL where it or the shim's handler is.
sub normal {
    my ($line) = @_;
    if ($line =~ /^rt_sigaction\(SIGPIPE/) {
        $line =~ s/, sa_restorer=0x\w+//g;
        $line =~ s/\{sa_handler=0x\w+, sa_mask=\[\], sa_flags=[^}]*?\K\bSA_NODEFER\|//g;    # the shim's at start
        $line =~ s/\bSA_RESTORER\|?|SA_SIGINFO\|?|\|SA_SIGINFO//g;
        $line =~ s/sa_handler=(?:SIG_DFL|0x\w+)/sa_handler=DEFAULT/g;
        $line =~ s/sa_flags=0?(?=[,}])/sa_flags=0/g;
    }
    $line =~ s/\b0x[0-9a-f]{3,}/ADDRESS/g;
    $line =~ s/^(getrandom\().*?"(?:\.\.\.)?,/$1RANDOM,/;
    $line =~ s/htons\(\d+\)/PORT/g;
    $line =~ s/^sysinfo.*/sysinfo(...)/;
    $line =~ s/\)\s+= /) = /; # columns
    $line =~ s/tv_n?sec=-?\d+/TIME/g;
    $line =~ s{ /\* \S+[+-]\d\d\d\d \*/}{}g; # what a time is
    return $line;
}

sub lines_of {
    my ($file) = @_;
    open(my $fh, '<', $file) or die "$file: $!";
    chomp(my @lines = <$fh>);
    return \@lines;
}

sub child_of { return $_[0] =~ /^(?:clone3?|v?fork)\(.* = (\d+)$/ ? $1 : undef }

# The process that was started first, and the calls of each.
sub first_process {
    my ($trace) = @_;
    my %lines = map { /\.(\d+)\z/; $1 => lines_of($_) } glob "$trace.*";
    my %children = map { $_ => 1 } grep { defined } map { child_of($_) } map { @$_ } values %lines;
    my ($first) = grep { !$children{$_} } keys %lines;
    return ($first, \%lines);
}

# Each process as a path: 0 for the first, 0.2 for its third child; threads likewise.
sub paths {
    my ($first, $lines) = @_;
    my %path = ($first => '0');
    my @queue = ($first);
    while (defined(my $pid = shift @queue)) {
        my $count = 0;
        for my $child (grep { defined && $lines->{$_} } map { child_of($_) } @{ $lines->{$pid} }) {
            $path{$child} = "$path{$pid}." . $count++;
            push @queue, $child;
        }
    }
    return %path;
}

# The reads and writes in sum, for each descriptor; the rest in order.
sub summed_up {
    my (@others, %sum);
    for (@_) {
        if (/^(\S+ (?:read|write)\(\d+), .* = (\d+)$/) { $sum{$1} += $2 }
        else                                            { push @others, $_ }
    }
    return (@others, map { "$_): $sum{$_} bytes" } sort keys %sum);
}

# The calls in the files of TRACE, each behind its process. When a child's end is told is
# the scheduler's affair, and so is what that interrupts. HOW: drop, a regular expression
# for others of this kind; replace, what takes out of $_ what varies in this program;
# sum_up, for one that reads and writes as it comes.
sub calls_of {
    my ($trace, %how) = @_;
    my ($first, $lines) = first_process($trace);
    my %path = paths($first // return, $lines);
    my $known = join '|', keys %path;
    my @all;
    for my $pid (sort { $path{$a} cmp $path{$b} } keys %path) {
        my (@calls, $from, $is_told, %random, %of_proc);
        for (my @copy = @{ $lines->{$pid} }) {
            # Start-up is cut out.
            if (/^close\(-4242\)/) { splice @calls, $from if defined $from; undef $from; next }
            if (/^--- SIGCHLD/) { $is_told = 1; next }
            if (/^(?:rt_)?sigreturn/ && $is_told) { undef $is_told; next }
            next if /= \? ERESTART/;
            s/\b($known)\b/P$path{$1}/g if $_ =~ $about_processes;
            s/^getppid\(\)\s+= \d+/getppid() = OUTER/;
            s/si_(pid|uid)=\d+(?:, )?|si_[us]time=\d+( \/\*.*?\*\/)?(?:, )?//g if /^---/;
            $_ = normal($_);
            if (my ($path, $fd) = /^openat\(\w+, "([^"]*)".* = (\d+)$/) {
                $random{$fd} = $path =~ m{^/dev/u?random$};
                $of_proc{$fd} = $path =~ m{^/proc/};
            }
            if (my ($fd) = /^close\((\d+)/) { delete $random{$fd}; delete $of_proc{$fd} }
            # The times in /proc/stat vary, and the shim is in /proc/self/maps.
            next if /^(?:read|pread64|lseek)\((\d+),/ && $of_proc{$1};
            s/".*"/RANDOM/ if /^read\((\d+),/ && $random{$1};
            $how{replace}->() if $how{replace};
            next if $how{drop} && $_ =~ $how{drop};
            push @calls, "$path{$pid} $_";
            $from = @calls if /^execve\(.* = 0$/;
        }
        push @all, $how{sum_up} ? summed_up(@calls) : @calls;
    }
    return @all;
}

# The first line in which two lists differ, for people.
sub difference {
    my ($got, $expected) = @_;
    my $i = 0;
    $i++ while $i < @$got && $i < @$expected && $got->[$i] eq $expected->[$i];
    return "call $i: " . ($got->[$i] // 'none') . "\nexpected: " . ($expected->[$i] // 'none');
}

# RUN->(HOW for traced) runs a program and returns its calls. Without the shim it makes
# the same ones twice: nothing varies that is not taken out. With it, those as well. With
# a bad shim, others. What the scheduler decides differs at times, on a busy machine
# often, so a run may be repeated; the bad shims are what shows that this hides nothing.
sub same_calls {
    my ($name, $run) = @_;
    my @plain = ([ $run->({}) ]);
    my $tries = 8;
    my $is_known = sub {
        my ($calls) = @_;
        return scalar grep { "@$_" eq "@$calls" } @plain;
    };
    my $repeated = sub {
        my ($how) = @_;
        my $calls;
        for (1 .. $tries) {
            $calls = [ $run->($how) ];
            return (1, $calls) if $is_known->($calls);
            push @plain, [ $run->({}) ];
        }
        return (0, $calls);
    };
    Test::More::cmp_ok(scalar @{ $plain[0] }, '>', 20, "$name: control: it is traced");
    my $again = [ $run->({}) ];
    while (!$is_known->($again) && $tries-- > 0) { push @plain, $again; $again = [ $run->({}) ] }
    Test::More::ok($is_known->($again), "$name: control: the same calls twice without the shim")
        or Test::More::diag(difference($again, $plain[0]));
    $tries = 8;
    my ($is_same, $got) = $repeated->({ preload => [ shim() ] });
    Test::More::ok($is_same, "$name: the same system calls with the shim")
        or Test::More::diag(difference($got, $plain[0]));
    $tries = 2;
    for my $bad (qw(more other)) {
        ($is_same) = $repeated->({ preload => [ module('badshim') ], variables => ["BAD_SHIM=$bad"] });
        Test::More::ok(!$is_same, "$name: control: not with a shim that makes $bad calls");
    }
    Test::More::note("$name: " . @{ $plain[0] } . ' calls, ' . @plain . ' runs without the shim');
    return;
}

1;
