#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Real programs that die by SIGPIPE when the other end goes away, and under
# epipe get EPIPE and do what they have for that case. Each runs twice; the run
# without epipe is the control and must end by signal 13.
#
# Every run is the same conversation: the program connects to its peer (or
# opens it, or starts it) and writes; the peer goes away; then a line on the
# program's standard input makes it write again.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use EpipeTest;
use Peer;

# More than a pipe and its reader take at once, so that writing it to a reader
# that leaves must fail; and nothing that a compressor could make small.
my $big = scratch() . '/big';
srand 1;
save($big, pack 'N*', map { int rand 2**32 } 1 .. 2**18);
save("$big.text", "a line of the text\n" x 50_000);

sub save {
    my ($path, $content) = @_;
    open(my $file, '>', $path) or die "$path: $!";
    print {$file} $content;
    close $file or die "$path: $!";
    return;
}

# A child that does not read its standard input, and says when that is so.
my $child = 'exec <&-; echo ready';

# Python takes SIGPIPE away from its default when it starts (so does Ruby); an
# embedded one, or one that restores it for its children's sake, does not.
sub python {
    my ($body) = @_;
    return [ 'python3', '-c', <<"END", '@PEER@' ];
import os, signal, socket, ssl, subprocess, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
def meet(wrap = lambda peer: peer):
    peer = wrap(socket.create_connection(('127.0.0.1', int(sys.argv[1]))))
    peer.sendall(b'one')
    sys.stdin.readline()
    return peer
try:
    $body
except OSError as error:
    print('saw:', error)
END
}

sub perl {
    my ($connect) = @_;
    return [ 'perl', '-e', <<"END", '@PEER@' ];
$connect or die "connect: \$!";
print {\$peer} "one\\n";
readline STDIN;
print {\$peer} "two\\n" or print "saw: \$!\\n";
END
}

my $broken = qr/^saw:\s.*Broken pipe/m;

# what => [ the peer (see Peer.pm; 'child' is one of the program's own),
# the command, with @PEER@ for the peer's port or path ], then by name: what to
# say before and after the peer leaves; what to expect of output, messages and
# status under epipe; and a Perl module without which there is no such peer.
my @sockets = (
    'bash: /dev/tcp, a socket on the fd 1 of the shell itself' => [
        tcp => [ 'bash', '-c', <<'END', '@PEER@' ], out => qr/^saw: 1$/m, err => qr/Broken pipe/ ],
exec 3<>/dev/tcp/127.0.0.1/$0
echo one >&3
read -r
echo two >&3
echo "saw: $?"
END
    'perl: IO::Socket' => [
        tcp => perl('use IO::Socket::INET; $peer = IO::Socket::INET->new("127.0.0.1:$ARGV[0]")'),
        out => $broken ],
    'perl: TLS, write in libssl' => [
        tls => perl('use IO::Socket::SSL;
            $peer = IO::Socket::SSL->new(PeerAddr => "127.0.0.1:$ARGV[0]", SSL_verify_mode => 0)'),
        out => qr/^saw: /m, module => 'IO::Socket::SSL' ],
    'python3: TLS, write in libssl' => [
        tls => python('meet(ssl._create_unverified_context().wrap_socket).send(b"two")'),
        out => qr/^saw: /m, module => 'IO::Socket::SSL' ],
    'python3: send'     => [ tcp => python('meet().send(b"two")'),            out => $broken ],
    'python3: sendmsg'  => [ tcp => python('meet().sendmsg([b"t", b"wo"])'),  out => $broken ],
    'python3: writev'   => [
        tcp => python('peer = meet(); os.writev(peer.fileno(), [b"t", b"wo"])'), out => $broken ],
    'python3: sendfile' => [ tcp => python('meet().sendfile(open(sys.executable, "rb"), 0, 500)'),
        out => $broken ],
    'ruby: IO.copy_stream, sendfile' => [
        tcp => [ 'ruby', '-rsocket', '-e', <<'END', '@PEER@' ], out => $broken ],
trap("PIPE", "SYSTEM_DEFAULT")
peer = TCPSocket.new("127.0.0.1", ARGV[0])
peer.write("one")
STDIN.gets
begin
  IO.copy_stream("/proc/self/exe", peer, 500)
rescue SystemCallError => e
  puts "saw: #{e}"
end
END
    'jimsh: stream socket' => [ tcp => [ 'jimsh', '-e', <<'END', '@PEER@' ], out => $broken ],
set peer [socket stream 127.0.0.1:[lindex $argv 0]]
puts $peer one
$peer flush
gets stdin
if {[catch {puts $peer two; $peer flush} error]} {puts "saw: $error"}
END
    'guile: unix stream port' => [
        unix => [ 'guile', '--no-auto-compile', '-c', <<'END', '@PEER@' ], out => $broken ],
(let ((peer (socket PF_UNIX SOCK_STREAM 0)))
  (connect peer AF_UNIX (cadr (command-line)))
  (display "one" peer) (force-output peer)
  (read-char)
  (catch 'system-error
    (lambda () (display "two" peer) (force-output peer))
    (lambda error (display "saw: ") (display error))))
END
    'toybox: netcat to a server that reads no more' => [
        deaf => [ 'toybox', 'netcat', '-U', '@PEER@' ], before => 'one' ],
);

my @pipes = (
    'perl: open to a command' => [
        child => [ 'perl', '-e', <<'END', $child ], out => $broken ],
open $child, "|-", shift or die;
readline STDIN;
syswrite $child, "one" or print "saw: $!\n";
END
    'python3: subprocess.communicate' => [ child => python(<<"END"), out => qr/^child ended: 0$/m ],
child = subprocess.Popen('$child', shell=True, stdin=subprocess.PIPE)
    sys.stdin.readline()
    child.communicate(b'one')
    print('child ended:', child.returncode)
END
    'lua: io.popen, fflush' => [
        child => [ 'lua', '-e', <<'END', '/dev/null', $child ], out => $broken ],
child = io.popen(arg[1], 'w')
child:write('one')
io.read()
print('saw:', child:flush())
END
    'lua: a FIFO, fwrite' => [
        fifo => [ 'lua', '-e', <<'END', '/dev/null', '@PEER@' ], out => $broken ],
fifo = io.open(arg[1], 'w')
fifo:setvbuf('no')
fifo:write('one')
io.read()
print('saw:', fifo:write('two'))
END
    'mawk: print to a command, fflush' => [
        child => [ 'mawk', '-v', "child=$child", <<'END' ], out => qr/^saw: -1$/m ],
BEGIN {
    printf "" | child; fflush(child)
    getline < "-"
    print "two" | child; print "saw: " fflush(child)
}
END
    'sqlite3: .output to a command, then goes on' => [
        child => [ 'sqlite3', ':memory:' ], out => qr/^goes on$/m,
        before => ".output '|$child'\nselect 'one';",
        after  => "with recursive n(i) as (select 1 union all select i + 1 from n limit 50000) "
            . "select i from n;\n.output\nselect 'goes on';" ],
    'ed: w !COMMAND, then goes on' => [
        child => ['ed'], before => "r $big.text\nw !$child", after => "1p\nQ",
        exit => 1, out => qr/^a line of the text$/m, err => qr/Broken pipe/ ],
    'tee: goes on with its other output' => [
        fifo => [ 'tee', '@PEER@' ], before => 'one', out => qr/^one\ntwo\n\z/ ],
    'sed: w FILE' => [
        fifo => [ 'sed', '-un', 'w @PEER@' ], before => 'one', exit => 4, err => qr/Broken pipe/ ],
    'script: its log, by stdio while it blocks SIGPIPE' => [
        fifo => [ 'script', '-qfc', 'cat', '@PEER@' ], before => 'one',
        err => qr/write failed: .*Broken pipe/ ],
    'cp: to a FIFO' => [ fifo => [ 'cp', $big, '@PEER@' ], exit => 1, err => qr/Broken pipe/ ],
    'tar: to a FIFO' => [
        fifo => [ 'tar', '-cPf', '@PEER@', $big ], exit => 2, err => qr/not recoverable/ ],
    'cpio: to a FIFO' => [
        fifo => [ 'cpio', '-oF', '@PEER@' ], before => $big, exit => 2, err => qr/Broken pipe/ ],
    'zstd: to a FIFO' => [
        fifo => [ 'zstd', '-qf', $big, '-o', '@PEER@' ], exit => 70, err => qr/Broken pipe/ ],
);

sub converse {
    my ($kind, $command, $before, $after, @prefix) = @_;
    my $peer = $kind eq 'child' ? undef : Peer->new($kind);
    my $address = $peer ? $peer->address : '';
    my $program = start([ @prefix, map { s/\@PEER\@/$address/r } @$command ]);
    $program->say($before) if defined $before;
    if ($peer) { $peer->meet; $peer->leave }
    else       { $program->expect(qr/^ready$/m) }
    my ($ignored) = read_file("/proc/$program->{pid}/status") =~ /^SigIgn:\s*\w*(\w{8})$/m;
    $program->say($after);
    return { %{ $program->finish }, ignores => hex($ignored // 0) >> 12 & 1 };
}

my @programs = (@sockets, @pipes);
while (my ($name, $case) = splice @programs, 0, 2) {
    my ($kind, $command, %how) = @$case;
    SKIP: {
        my $why = missing($command->[0]);
        skip $why, 2 if $why;
        skip "$how{module} is not installed", 2 if $how{module} && !eval "require $how{module}";
        my @conversation = ($kind, $command, $how{before}, $how{after} // 'two');

        my $without = converse(@conversation);
        skip "$name: $command->[0] ignores SIGPIPE itself", 2 if $without->{ignores};
        ok(died_by_sigpipe($without), "$name: control dies by SIGPIPE") or diag(outcome($without));

        my $with = converse(@conversation, epipe());
        ok(!$with->{hung} && $with->{signal} == 0 && $with->{exit} == ($how{exit} // 0)
                && $with->{out} =~ ($how{out} // qr/^/) && $with->{err} =~ ($how{err} // qr/^/),
            "$name: lives under epipe") or diag(outcome($with));
    }
}

done_testing;
