# SPDX-License-Identifier: MIT
#
# Processes to be attached to: started, waited for, and what became of them.

package Attach;

use strict;
use warnings;
use EpipeTest;
use Exporter qw(import);
use IO::Handle;
use POSIX ();
use Test::More ();
use Time::HiRes qw(sleep time);

our @EXPORT = qw(can_attach attach detach unsafe start is_waiting child_is_waiting read_until finish status_of build_for);

# What the command says where the kernel or the architecture is in the way, and it is in order.
my @denials = ('permission denied', 'Operation not permitted', 'Function not implemented', 'another architecture',
    'no process of this architecture');

# Skips all where no process can be traced, by the words of the command; dies of any others.
sub can_attach {
    my $sleeper = start([ 'cat' ], ready => 0);
    is_waiting($sleeper);
    my $result = attach($sleeper->{pid});
    finish($sleeper);
    return 1 if $result->{exit} == 0;
    die "an attach fails: ", outcome($result), "\n" if !grep { index($result->{err}, $_) >= 0 } @denials;
    Test::More::plan(skip_all => "no process can be attached to here: $result->{err}");
    return 0;
}

# The command; with a first argument { … } those are for run().
sub attach { return command([ epipe('--attach') ], @_) }
sub detach { return command([ epipe('--detach') ], @_) }

# The same without one of its safety rules.
sub unsafe {
    my ($rule, @rest) = @_;
    return command([ probe('unsafe-attach') ], { env => { GRAFT_WITHOUT => $rule } }, @rest);
}

sub command {
    my ($command, @rest) = @_;
    my $how = ref $rest[0] ? shift @rest : {};
    return run([ @$command, @rest ], %$how);
}

# Starts COMMAND with pipes for its standard streams; with ready => 1 (the default) waits for
# its line "ready PID".
sub start {
    my ($command, %how) = @_;
    pipe(my $in_r, my $in_w) or die "pipe: $!";
    pipe(my $out_r, my $out_w) or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open(STDIN, '<&', $in_r) or POSIX::_exit(99);
        open(STDOUT, '>&', $out_w) or POSIX::_exit(99);
        close $_ for $in_r, $in_w, $out_r, $out_w;
        $ENV{$_} = $how{env}{$_} for keys %{ $how{env} // {} };
        { no warnings; exec { $command->[0] } @$command; }
        POSIX::_exit(127);
    }
    Run::begins($pid);
    close $_ for $in_r, $out_w;
    $in_w->autoflush(1);
    my $self = { child => $pid, pid => $pid, in => $in_w, out => $out_r, text => '' };
    if ($how{ready} // 1) {
        read_until($self, qr/^ready (\d+)/m) or Test::More::diag("not ready: @$command: $self->{text}");
        $self->{pid} = $1 if $self->{text} =~ /^ready (\d+)/m;
    }
    return $self;
}

# Reads its output until there is what PATTERN says.
sub read_until {
    my ($self, $pattern) = @_;
    my $deadline = time + $Run::LIMIT;
    while (time < $deadline) {
        return 1 if $self->{text} =~ $pattern;
        my $bits = '';
        vec($bits, fileno $self->{out}, 1) = 1;
        next if select($bits, undef, undef, 0.5) <= 0;
        sysread($self->{out}, $self->{text}, 65536, length $self->{text}) or return $self->{text} =~ $pattern;
    }
    return 0;
}

sub status_of {
    my ($pid, $key) = @_;
    return read_file("/proc/$pid/status") =~ /^$key:\s*(.*)/m ? $1 : '';
}

# Waits until the process is in a system call that lasts; at least in state S.
sub is_waiting {
    my ($self) = @_;
    my $state;
    my $is_known = until_true(sub {
        $state = status_of($self->{pid}, 'State');
        return $state =~ /^[SD]/ ? read_file("/proc/$self->{pid}/syscall") =~ /^\d/ : $state =~ /^(?:[ZX]|$)/;
    });
    return $is_known && $state =~ /^[SD]/;
}

# Waits until a child of its has come to a wait.
sub child_is_waiting {
    my ($self) = @_;
    my $child = until_true(sub {
        my ($pid) = split ' ', read_file("/proc/$self->{pid}/task/$self->{pid}/children");
        return $pid // (status_of($self->{pid}, 'State') =~ /^(?:Z|X|$)/ && -1);
    });
    return $child && $child > 0 && is_waiting({ pid => $child });
}

# Ends its standard input, reads its output to the end, and returns what run() does.
sub finish {
    my ($self, %how) = @_;
    close $self->{in};
    my $hung = 1;
    my $deadline = time + $Run::LIMIT;
    while (time < $deadline) {
        my $bits = '';
        vec($bits, fileno $self->{out}, 1) = 1;
        next if select($bits, undef, undef, 0.5) <= 0;
        next if sysread($self->{out}, $self->{text}, 65536, length $self->{text});
        $hung = 0;
        last;
    }
    kill KILL => $self->{child} if $hung;
    waitpid $self->{child}, 0;
    Run::has_ended($self->{child});
    return { out => $self->{text}, err => '', Run::ending($?), hung => $hung };
}

# Compiles SOURCES of t/probe with FLAGS into DIR; undef if that cannot be done, or the result
# does not run here.
sub build_for {
    my ($dir, $name, $cc, @sources) = @_;
    my @command = (split(' ', $cc), qw(-std=gnu11 -O1 -D_GNU_SOURCE -pthread -w -o), "$dir/$name",
        "-I$SOURCE/t/probe", map { /^-/ ? $_ : "$SOURCE/t/probe/$_" } @sources);
    my $built = run([@command], limit => 120);
    # Of a compiler that builds programs it is no skip.
    if ($built->{exit} != 0) {
        my @flags = grep { !/\.c$/ } @command;
        my $any = run([ @flags, '-x', 'c', '-' ], stdin => 'int main(void) { return 0; }', limit => 120);
        die "$name: $built->{err}" if $any->{exit} == 0;
        return;
    }
    # What this kernel does not execute a shell tries to.
    return if run(["$dir/$name"])->{err} =~ /Syntax error|unexpected|cannot execute/;
    return "$dir/$name";
}

1;
