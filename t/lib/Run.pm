# SPDX-License-Identifier: MIT
#
# Runs commands with a bound on their time, and says what became of them.

package Run;

use strict;
use warnings;
use Config;
use Exporter qw(import);
use File::Temp ();
use IO::Select;
use POSIX qw(WNOHANG);

our @EXPORT = qw(run until_true shell died_by_sigpipe outcome begins has_ended);

# What this process has started and not seen the end of. A signal that ends it, or a die, ends
# them, too, and lets File::Temp take away its files.
my $main = $$;
my %running;

sub begins    { $running{ $_[0] } = 1; return $_[0] }
sub has_ended { delete $running{ $_[0] }; return }

for my $name (grep { ($SIG{$_} // '') ne 'IGNORE' } qw(HUP INT TERM)) {
    $SIG{$name} = sub {
        exit 1 if $$ == $main;
        $SIG{$name} = 'DEFAULT';
        kill $name => $$;
    };
}

END {
    local $?;
    for my $pid ($$ == $main ? keys %running : ()) {
        next if waitpid($pid, WNOHANG) != 0;
        kill KILL => -$pid, $pid;
        waitpid $pid, 0;
    }
}

# Seconds any single command may take before it counts as hung; a slow machine, such
# as one of `make check-matrix`, gives more, and to commands with a limit of their own too.
our $LIMIT = $ENV{MATRIX_LIMIT} // 30;

my %signal_number;
@signal_number{ split ' ', $Config{sig_name} } = split ' ', $Config{sig_num};

# run([COMMAND, ARG…], KEY => VALUE…) runs a command to its end and returns
# { out, err, exit, signal, hung }; exit is -1 where a signal has ended it. Keys: stdin
# (text), env (hash; undef removes), limit (seconds), cwd. A hung command is killed with
# its group.
sub run {
    my ($command, %how) = @_;
    my $limit = $how{limit} // $LIMIT;
    $limit = $LIMIT if $ENV{MATRIX_LIMIT} && $limit < $LIMIT;
    pipe(my $out_r, my $out_w) or die "pipe: $!";
    pipe(my $err_r, my $err_w) or die "pipe: $!";
    my $stdin = File::Temp->new;
    print {$stdin} $how{stdin} // '';
    $stdin->flush;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        setpgrp(0, 0);
        open(STDIN, '<', $stdin->filename) or POSIX::_exit(99);
        open(STDOUT, '>&', $out_w) or POSIX::_exit(99);
        open(STDERR, '>&', $err_w) or POSIX::_exit(99);
        close $_ for $out_r, $out_w, $err_r, $err_w;
        chdir $how{cwd} if defined $how{cwd};
        my $env = $how{env} // {};
        for my $name (keys %$env) {
            if (defined $env->{$name}) { $ENV{$name} = $env->{$name} }
            else                       { delete $ENV{$name} }
        }
        { no warnings; exec { $command->[0] } @$command; }
        POSIX::_exit(127);
    }
    begins($pid);
    close $_ for $out_w, $err_w;
    my %text = (fileno($out_r) => '', fileno($err_r) => '');
    my ($out_fd, $err_fd) = (fileno $out_r, fileno $err_r);
    my $select = IO::Select->new($out_r, $err_r);
    my $deadline = time + $limit;
    my $hung = 0;
    while ($select->count) {
        my @ready = $select->can_read(1);
        for my $fh (@ready) {
            my $n = sysread($fh, $text{fileno $fh}, 65536, length $text{fileno $fh});
            $select->remove($fh) if !$n;
        }
        # An orphan may keep the pipe open after the command has ended; what the
        # command wrote by then is still read.
        last if !@ready && defined $how{status};
        $how{status} = $? if !@ready && waitpid($pid, WNOHANG) == $pid;
        if (time > $deadline) { $hung = 1; kill KILL => -$pid; last }
    }
    my $status = $how{status};
    if (!defined $status) {
        while (1) {
            my $got = waitpid($pid, WNOHANG);
            if ($got == $pid || $got < 0) { $status = $?; last }
            if (time > $deadline) { $hung = 1; kill KILL => -$pid }
            select(undef, undef, undef, 0.0005);
        }
    }
    has_ended($pid);
    return {
        out    => $text{$out_fd},
        err    => $text{$err_fd},
        ending($status),
        hung   => $hung,
    };
}

# What a wait status says, in the terms of run().
sub ending {
    my ($status) = @_;
    return (exit => $status & 127 ? -1 : $status >> 8, signal => $status & 127);
}

# Polls until CODE returns something true and returns it; undef when the time
# that any command may take is over.
sub until_true {
    my ($condition) = @_;
    my $deadline = time + $LIMIT;
    while (time <= $deadline) {
        my $value = $condition->();
        return $value if $value;
        select(undef, undef, undef, 0.005);
    }
    return;
}

# run() for a shell command line; bash, with pipefail off.
sub shell {
    my ($line, %how) = @_;
    return run([ $how{shell} // 'bash', '-c', $line ], %how);
}

sub died_by_sigpipe {
    my ($result) = @_;
    return !$result->{hung} && $result->{signal} == $signal_number{PIPE};
}

# One line for people: what became of a run.
sub outcome {
    my ($result) = @_;
    my $text = $result->{hung} ? 'hung'
        : $result->{signal}    ? "killed by signal $result->{signal}"
        :                        "exit $result->{exit}";
    for my $stream (qw(out err)) {
        my $head = substr($result->{$stream}, 0, 400);
        $head =~ s/\n/\\n/g;
        $text .= ", $stream: $head" if $head ne '';
    }
    return $text;
}

1;
