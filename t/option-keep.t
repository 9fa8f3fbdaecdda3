#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The --keep policy: which descriptors keep the default action of SIGPIPE. By
# default (stdio) these are standard output and error, while they are a FIFO or
# still what they were at start; with none it is no descriptor at all, with a
# list it is those numbers.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use EpipeTest;
use Peer;

sub dies {
    my ($name, $result) = @_;
    return ok(died_by_sigpipe($result), "$name: dies") || diag(outcome($result));
}

sub lives {
    my ($name, $result, $out, $exit) = @_;
    return ok(!$result->{hung} && $result->{signal} == 0 && $result->{exit} == $exit
            && $result->{out} =~ $out, "$name: lives") || diag(outcome($result));
}

# Part one: programs that put a pipe of their own on their own fd 1, shells for
# the time of one write. Nothing tells these from a pipeline, so they die by
# default; --keep=none is for them.

my $shell_fifo = 'exec 3>"$0"; echo one >&3; read -r go; echo two >&3; echo "saw: $?"';
my %own_stdout = (
    'dash: a FIFO' => { command => [ 'dash', '-c', $shell_fifo, '@FIFO@' ] },
    'bash: a FIFO' => { command => [ 'bash', '-c', $shell_fifo, '@FIFO@' ] },
    # A coprocess that reads one line and ends: once it has been waited for,
    # nobody reads. (Bash then closes its own descriptor of it, hence the copy.)
    'bash: a coproc' => { command => [ 'bash', '-c', <<'END' ] },
coproc CHILD { read -r go; }
pid=$CHILD_PID
exec 3>&"${CHILD[1]}"
echo one >&3
wait "$pid"
echo two >&3
echo "saw: $?"
END
    'dd: of=FIFO' => { command => [ 'dd', 'bs=512', 'of=@FIFO@' ], before => 'one',
        out => qr/^\z/, exit => 1 },
);

sub converse {
    my ($case, @prefix) = @_;
    my $fifo = Peer->new('fifo');
    my $path = $fifo->address;
    my $program = start([ @prefix, map { s/\@FIFO\@/$path/r } @{ $case->{command} } ]);
    $program->say($case->{before}) if $case->{before};
    if (grep { /\@FIFO\@/ } @{ $case->{command} }) {
        $fifo->meet;
        $fifo->leave;
    }
    $program->say('two');
    return $program->finish;
}

for my $name (sort keys %own_stdout) {
    my $case = $own_stdout{$name};
    SKIP: {
        my $why = missing($case->{command}[0]);
        skip $why, 4 if $why;
        dies("$name, without epipe", converse($case));
        dies("$name, by default", converse($case, epipe()));
        my $told = converse($case, epipe('--keep=none'));
        lives("$name, --keep=none", $told, $case->{out} // qr/^saw: [12]$/, $case->{exit} // 0);
        like($told->{err}, qr/Broken pipe|I\/O error/, "$name, --keep=none: was told of it");
    }
}

# Part two: a descriptor by its number and by what it is. The program makes a
# pipe, a socketpair or a connection, puts it on descriptor FD as a daemon that
# closed 0 to 2 would get it there, and writes to it when nobody is left at the
# other end; or it writes to what it was started with.
my $writer = <<'END';
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
my ($kind, $fd, $address) = @ARGV;
my ($go, $report) = (POSIX::dup(0), POSIX::dup(2));
my ($made, $other);
if    ($kind eq 'pipe')       { pipe($other, $made) }
elsif ($kind eq 'socketpair') { socketpair($made, $other, AF_UNIX, SOCK_STREAM, 0) }
elsif ($kind eq 'unix')       { $made = IO::Socket::UNIX->new(Peer => $address) }
elsif ($kind eq 'tcp')        { $made = IO::Socket::INET->new("127.0.0.1:$address") }
if ($made) {
    POSIX::close($_) for 0 .. 2;
    POSIX::dup2(fileno $made, $fd);
    close $made;
}
POSIX::write($fd, 'one', 3) if $address;
close $other if $other;
POSIX::read($go, my $line, 4);
my $saw = POSIX::write($fd, 'two', 3) ? 'nothing' : "$!";
POSIX::write($report, "saw: $saw\n", length "saw: $saw\n");
END

sub write_to {
    my ($kind, $fd, @prefix) = @_;
    my @command = (@prefix, 'perl', '-e', $writer);
    my $program;
    if ($kind =~ /^inherited (\w+)/) {
        my ($ours, $theirs) = pair($1);
        $program = start([ @command, 'inherited', $fd ], stdout => $theirs);
        close $theirs;
        go_away($ours);
    }
    elsif ($kind eq 'tcp' || $kind eq 'unix') {
        my $peer = Peer->new($kind);
        $program = start([ @command, $kind, $fd, $peer->address ]);
        $peer->meet;
        $peer->leave;
    }
    else {
        $program = start([ @command, $kind, $fd ]);
    }
    $program->say('go');
    my $result = $program->finish;
    # Its standard output is what is under test: it reports on the other.
    $result->{out} = $result->{err};
    return $result;
}

my $default = '';
for my $case (
    # what, on which descriptor: under which --keep it dies, under which it lives
    [ 'pipe', 1, [ $default, '--keep=stdio', '--keep=1' ],
        [ '--keep=none', '--keep=2', '--keep=7' ] ],
    [ 'pipe', 2, [ $default, '--keep=stdio', '--keep=2' ], [ '--keep=none', '--keep=1' ] ],
    [ 'pipe', 7, [ '--keep=1,2,7', '--keep=stdio,7' ], [ $default, '--keep=none', '--keep=1,2' ] ],
    [ 'tcp',  7, [ '--keep=1,2,7' ], [ $default ] ],
    # a daemon's connection
    [ 'socketpair', 1, [], [ $default ] ],
    [ 'unix',       1, [], [ $default, '--keep=1', '--keep=none' ] ],
    [ 'tcp',        1, [], [ $default, '--keep=1', '--keep=none' ] ],
    [ 'tcp',        2, [], [ $default ] ],
    # an inetd-style service's client
    [ 'inherited pipe',       1, [ $default ], [ '--keep=none' ] ],
    [ 'inherited socketpair', 1, [ $default ], [ '--keep=none' ] ],
    [ 'inherited unix',       1, [ $default, '--keep=1' ], [ '--keep=none', '--keep=2' ] ],
    [ 'inherited tcp',        1, [ $default, '--keep=1' ], [ '--keep=none', '--keep=2' ] ],
) {
    my ($kind, $fd, $dying, $living) = @$case;
    my $name = "$kind on descriptor $fd";
    dies("$name, without epipe", write_to($kind, $fd));
    for my $keep (@$dying) {
        dies("$name, " . ($keep || 'by default'), write_to($kind, $fd, epipe($keep || ())));
    }
    for my $keep (@$living) {
        lives("$name, " . ($keep || 'by default'), write_to($kind, $fd, epipe($keep || ())),
            qr/^saw: Broken pipe$/m, 0);
    }
}

done_testing;
