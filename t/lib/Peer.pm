# SPDX-License-Identifier: MIT
#
# The other end: peers that go away exactly when told, and a program that is
# driven line by line through its standard input. Nothing sleeps and hopes:
# each step waits, with a bound, for the one before it to be seen.

package Peer;

use strict;
use warnings;
use Exporter qw(import);
use File::Temp ();
use IO::Handle;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX qw(WNOHANG);
use Socket qw(:DEFAULT SHUT_RD SHUT_WR);
use Test::More ();

use EpipeTest ();

our @EXPORT = qw(missing pair go_away start);

# Why a program cannot take part, or undef.
sub missing {
    my ($program) = @_;
    return "$program is not installed" if !EpipeTest::have($program);
    # dd asks for memory in a way that it calls an error; vmstat writes no line; curl does not
    # end when its output breaks.
    return "$program does not get on with the address sanitizer"
        if EpipeTest::sanitized() && $program =~ /^(?:dd|vmstat|curl)$/;
    return;
}

# The two ends of something just made: (ours, the program's). A program that
# starts with the latter as its standard output is an inetd-style service.
sub pair {
    my ($kind) = @_;
    if ($kind eq 'pipe') {
        pipe(my $read, my $write) or die "pipe: $!";
        return ($read, $write);
    }
    if ($kind eq 'socketpair') {
        my ($one, $two) = IO::Socket::UNIX->socketpair(AF_UNIX, SOCK_STREAM, PF_UNSPEC)
            or die "socketpair: $!";
        return ($one, $two);
    }
    my $listening = Peer->new($kind);
    my $ours = $kind eq 'tcp'
        ? IO::Socket::INET->new("127.0.0.1:" . $listening->address)
        : IO::Socket::UNIX->new(Peer => $listening->address)
        or die "connect: $!";
    return ($ours, $listening->{listener}->accept);
}

# Closes our end in such a manner that the very next write at the other end is
# EPIPE. On TCP a reset alone makes it ECONNRESET, and an end of file alone
# lets one write pass: it takes both, the end of file first.
sub go_away {
    my ($conn) = @_;
    if ($conn->isa('IO::Socket::INET')) {
        my $entry = sprintf ': 0100007F:%04X 0100007F:%04X ', $conn->peerport, $conn->sockport;
        shutdown($conn, SHUT_WR);
        Run::until_true(sub { tcp_state($entry) =~ /^(?:08)?$/ });    # CLOSE_WAIT, or no more
        setsockopt($conn, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0));
        close $conn;
        Run::until_true(sub { tcp_state($entry) eq '' });
        return;
    }
    close $conn;
    return;
}

# The state of one connection as the kernel lists it, '' when it is no more.
sub tcp_state {
    my ($entry) = @_;
    open(my $list, '<', '/proc/net/tcp') or die "/proc/net/tcp: $!";
    while (<$list>) { return $1 if /\Q$entry\E(\w\w)/ }
    return '';
}

# Peer->new(KIND): something for a program to connect to or open. KIND is
# tcp, tls, unix, fifo; deaf is a unix stream whose server stops to read but
# keeps the connection, which no program notices before it writes.
sub new {
    my ($class, $kind) = @_;
    my $self = bless { kind => $kind, dir => EpipeTest::scratch() }, $class;
    $self->{path} = "$self->{dir}/peer";
    if ($kind eq 'tcp' || $kind eq 'tls') {
        $self->{listener} = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5);
    }
    elsif ($kind eq 'unix' || $kind eq 'deaf') {
        $self->{listener} = IO::Socket::UNIX->new(Local => $self->{path}, Listen => 5);
    }
    elsif ($kind eq 'fifo') {
        POSIX::mkfifo($self->{path}, oct 600) or die "mkfifo: $!";
        # Not to wait for the writer; and to be there before it opens.
        sysopen($self->{conn}, $self->{path}, POSIX::O_RDONLY() | POSIX::O_NONBLOCK());
    }
    $self->{listener} || $self->{conn} or die "$kind: $!";
    return $self;
}

# What the program has to be told: the port on 127.0.0.1, or the path.
sub address {
    my ($self) = @_;
    return $self->{kind} =~ /^t/ ? $self->{listener}->sockport : $self->{path};
}

# Waits until the program has connected and sent its first bytes.
sub meet {
    my ($self) = @_;
    if ($self->{listener}) {
        $self->{listener}->timeout($Run::LIMIT);
        $self->{conn} = $self->{listener}->accept;
        start_tls($self->{conn}) or delete $self->{conn} if $self->{kind} eq 'tls' && $self->{conn};
        $self->{conn}->blocking(0) if $self->{conn};
    }
    my $text;
    my $met = $self->{conn} && Run::until_true(sub { sysread($self->{conn}, $text, 65536) });
    Test::More::diag("the program did not write to its $self->{kind} peer") if !$met;
    return $met;
}

sub start_tls {
    my ($conn) = @_;
    require IO::Socket::SSL;
    require IO::Socket::SSL::Utils;
    my ($certificate, $key) = IO::Socket::SSL::Utils::CERT_create();
    return IO::Socket::SSL->start_SSL($conn, SSL_server => 1, SSL_cert => $certificate,
        SSL_key => $key, Timeout => $Run::LIMIT);
}

sub leave {
    my ($self) = @_;
    my $conn = $self->{conn} or return;
    return shutdown($conn, SHUT_RD) if $self->{kind} eq 'deaf';
    delete $self->{conn};
    # Without TLS's own farewell, as a server that crashed.
    $conn->stop_SSL(SSL_no_shutdown => 1) if $self->{kind} eq 'tls';
    go_away($conn);
    return;
}

# start(COMMAND, stdin => HANDLE, stdout => HANDLE): a running command. Its
# standard input is ours to write, its output goes to files, unless given.
sub start {
    my ($command, %how) = @_;
    my $self = bless { out => File::Temp->new, err => File::Temp->new }, 'Peer::Program';
    pipe(my $stdin, $self->{stdin}) or die "pipe: $!";
    $self->{pid} = fork // die "fork: $!";
    if (!$self->{pid}) {
        setpgrp(0, 0);
        open(STDIN,  '<&', $how{stdin}  // $stdin)       or POSIX::_exit(99);
        open(STDOUT, '>&', $how{stdout} // $self->{out}) or POSIX::_exit(99);
        open(STDERR, '>&', $self->{err})                 or POSIX::_exit(99);
        $ENV{LC_ALL} = 'C';    # messages are compared
        { no warnings; exec { $command->[0] } @$command; }
        POSIX::_exit(127);
    }
    Run::begins($self->{pid});
    return $self;
}

package Peer::Program;

# What the program has written so far; STREAM is out or err.
sub text {
    my ($self, $stream) = @_;
    open(my $file, '<', $self->{$stream}->filename) or return '';
    local $/ = undef;
    return scalar(<$file>) // '';
}

# Waits for output that matches, or for an end that makes it impossible.
sub expect {
    my ($self, $pattern, $stream) = @_;
    return Run::until_true(sub { $self->text($stream // 'out') =~ $pattern || $self->ended });
}

# Sends lines to the program. That it may be gone is not this process's death.
sub say {
    my ($self, @lines) = @_;
    local $SIG{PIPE} = 'IGNORE';
    syswrite($self->{stdin}, "$_\n") for @lines;
    return;
}

sub ended {
    my ($self) = @_;
    return 1 if defined $self->{status};
    return 0 if waitpid($self->{pid}, POSIX::WNOHANG()) != $self->{pid};
    $self->{status} = $?;
    return 1;
}

# Ends the program's input, waits for its end, and says what became of it in
# the terms of Run::run.
sub finish {
    my ($self) = @_;
    close $self->{stdin};
    my $ended = Run::until_true(sub { $self->ended });
    kill KILL => -$self->{pid};
    waitpid($self->{pid}, 0) if !$ended;
    Run::has_ended($self->{pid});
    return {
        out    => $self->text('out'),
        err    => $self->text('err'),
        Run::ending($self->{status} // 9),
        hung   => !$ended,
    };
}

1;
