#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# P2 for servers and their clients: the same system calls as without the shim, for each
# process of a server that has one client at a time. How often somebody looks whether the
# other side has done its part is that side's affair, so waits are left out.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Calls;
use EpipeTest;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Peer;
use Test::More;

if (my $why = why_not()) { plan skip_all => $why }

my $dir = scratch();
my $waits = qr/^(?:poll|ppoll|select|pselect6|epoll_wait|epoll_pwait|restart_syscall)\(|= -1 EAGAIN/;
my $contents = sub { s/"(?:[^"\\]|\\.)*"\.*/DATA/ if /^(?:read|write)\(/ };

# nginx with one worker, and a hundred connections. An answer fits into the socket's buffer,
# so that the client does not decide in how many parts it goes.
sub nginx {
    my ($with) = @_;
    my @temporary = qw(client_body proxy fastcgi uwsgi scgi);
    my $conf = write_file("$dir/nginx.conf", <<"END");
daemon off; worker_processes 1; pid $dir/pid; error_log $dir/error crit; @{[ $> == 0 ? 'user root;' : '' ]}
events { }
http { access_log off; sendfile on; keepalive_timeout 0; root $dir/www; server { listen unix:$dir/http; }
@{[ map { "${_}_temp_path $dir/$_;" } @temporary ]} }
END
    run([ 'rm', '-rf', "$dir/http", map { "$dir/$_" } @temporary ]);
    my $server = start([ traced("$dir/trace", $with, 'nginx', '-p', $dir, '-e', "$dir/error", '-c', $conf) ]);
    until_true(sub { grep { -e && `cat $_` =~ /^epoll_wait/m } glob "$dir/trace.*" }) or diag($server->text('err'));
    for my $i (1 .. 100) {
        my $client = IO::Socket::UNIX->new("$dir/http") or last;
        syswrite $client, 'GET /' . ($i % 3 == 0 ? 'large' : $i % 3 == 1 ? 'small' : 'none') . " HTTP/1.0\r\n\r\n";
        1 while sysread $client, my $text, 65536;
    }
    my ($first) = first_process("$dir/trace");
    kill TERM => $first;
    my $result = $server->finish;
    ok(0, 'nginx ends') || diag(outcome($result)) if $result->{exit} != 0 || $result->{hung};
    return calls_of("$dir/trace", drop => $waits, replace => sub {
            s/Date: [^\\]*/Date: .../;
            s/data=\{u32=\d+, u64=\d+\}/data/;
            s/^(pwrite64\(\d+, )"\d+\\n", \d+, 0\) = \d/$1PID/;
        });
}

SKIP: {
    skip 'nginx is not installed', 1 if !have('nginx');
    mkdir "$dir/www";
    write_file("$dir/www/small", "small\n");
    write_file("$dir/www/large", 'large' x 10_000);
    same_calls('nginx', \&nginx);
}

# TLS, at both ends; lengths are the same with an RSA key, contents are random.
sub tls {
    my ($of_client, $with) = @_;
    my @server = (qw(openssl s_server -unix), "$dir/tls", '-cert', "$dir/cert", '-key', "$dir/key",
        qw(-www -naccept 1 -num_tickets 0 -no_anti_replay));
    my @client = (qw(openssl s_client -quiet -no_ign_eof -unix), "$dir/tls");
    unlink "$dir/tls";
    @server = traced("$dir/trace", $with, @server) if !$of_client;
    @client = traced("$dir/trace", $with, @client) if $of_client;
    my $server = start(\@server);
    $server->expect(qr/ACCEPT/);
    my $client = start(\@client);
    $client->say("GET / HTTP/1.0\r", "\r");
    $client->expect(qr/<\/HTML>/i);
    my @ends = ($client->finish, $server->finish);
    ok(0, 'openssl ends') || diag(map { outcome($_) } @ends) if grep { $_->{hung} || $_->{signal} } @ends;
    return calls_of("$dir/trace", drop => $waits, replace => $contents);
}

SKIP: {
    skip 'openssl is not installed', 1 if !have('openssl');
    my $made = run([ qw(openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout), "$dir/key",
            '-out', "$dir/cert" ], limit => 60);
    die outcome($made) if $made->{exit} != 0;
    same_calls('openssl s_server', sub { tls(0, @_) });
    same_calls('openssl s_client', sub { tls(1, @_) });
}

# An HTTP server that answers when it has read all.
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 4) or die "listen: $!";
my $http = fork // die "fork: $!";
if (!$http) {
    $SIG{ALRM} = 'DEFAULT';
    alarm 600;
    while (my $client = $listener->accept) {
        my $length = 0;
        while (defined(my $line = <$client>)) {
            $length = $1 if $line =~ /^Content-Length: (\d+)/i;
            last if $line =~ /^\r?$/;
        }
        read $client, my $body, $length if $length;
        print {$client} "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
        close $client;
    }
    POSIX::_exit(0);
}
my $url = 'http://127.0.0.1:' . $listener->sockport . '/';

sub curl {
    my ($with) = @_;
    my $result = run([ traced("$dir/trace", $with, qw(curl -sS --http1.0 -H Expect: -T), "$dir/body", $url) ]);
    ok(0, 'curl ends well') || diag(outcome($result)) if $result->{out} ne "ok\n";
    # Its three processes work at the same time, and look for children that have ended.
    return calls_of("$dir/trace", drop => qr/$waits|^wait4\(.*WNOHANG/, sum_up => 1,
        replace => sub { $contents->(); s/"\.(\d)\.\w{6}"/a name for $1/g });
}

SKIP: {
    skip 'curl is not installed', 1 if !have('curl');
    write_file("$dir/body", 'body' x 8000);
    same_calls('curl', \&curl);
}
kill TERM => $http;
waitpid $http, 0;

# An rsync client, which starts the daemon on a socket: all their processes.
sub rsync {
    my ($with) = @_;
    my $conf = write_file("$dir/rsyncd.conf", "use chroot = no\n[files]\npath = $dir/files\n");
    run([ 'rm', '-rf', "$dir/copy" ]);
    my @command = ('env', "RSYNC_CONNECT_PROG=exec rsync --daemon --config=$conf", 'rsync', '-a',
        'rsync://localhost/files/', "$dir/copy/");
    my $result = run([ traced("$dir/trace", $with, @command) ]);
    ok(0, 'rsync ends well') || diag(outcome($result)) if $result->{exit} != 0;
    # Its three processes work at the same time, and look for children that have ended.
    return calls_of("$dir/trace", drop => qr/$waits|^wait4\(.*WNOHANG/, sum_up => 1,
        replace => sub { $contents->(); s/"\.(\d)\.\w{6}"/a name for $1/g });
}

SKIP: {
    skip 'rsync is not installed', 1 if !have('rsync');
    mkdir "$dir/files";
    write_file("$dir/files/$_", "file $_\n" x 1000) for 1 .. 5;
    run([ 'touch', '-d', '2020-01-01', glob("$dir/files/*"), "$dir/files" ]);
    same_calls('rsync and its daemon', \&rsync);
}

done_testing;
