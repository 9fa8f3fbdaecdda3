#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The examples that are linked with the library do what they are there to show, and
# each dies by SIGPIPE with --plain, which makes the same calls without it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../examples";
use EpipeTest;
use IO::Select;
use IO::Socket::INET;
use Peer;
use Test::More;

use constant {
    ENDLESS => 2**40,    # no buffer holds such an answer: its client is in the middle
    WHOLE   => 300_000,
};

# The path of an example, or undef.
sub example {
    my ($name) = @_;
    my $path = "$BUILD/examples/$name";
    return -x $path ? $path : undef;
}

# A running tcp-server, and its port once it listens.
sub tcp_server {
    my (@options) = @_;
    my $server = start([ example('tcp-server'), @options ]);
    $server->expect(qr/^port \d+\n/);
    my ($port) = $server->text('out') =~ /^port (\d+)\n/;
    return ($server, $port);
}

# A client that has asked for LENGTH bytes, or undef.
sub asked {
    my ($port, $length) = @_;
    my $client = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => $Run::LIMIT)
        or return;
    $client->syswrite("$length\n");
    return $client;
}

# Reads LENGTH bytes, or fewer where no more come; returns how many.
sub take {
    my ($client, $length) = @_;
    my $taken = 0;
    while ($client && $taken < $length) {
        IO::Select->new($client)->can_read($Run::LIMIT) or last;
        my $n = sysread($client, my $bytes, $length - $taken) or last;
        $taken += $n;
    }
    return $taken;
}

# Asks, sees the answer begin, and vanishes.
sub vanish {
    my ($port) = @_;
    my $client = asked($port, ENDLESS);
    my $begun = take($client, 1);
    go_away($client) if $client;
    return $begun;
}

# What the server says of a client that vanished.
my $cut = qr/: Broken pipe after \d+ of @{[ENDLESS]}\n/;

for my $how ([], ['--write']) {
    my $name = join ' ', 'tcp-server', @$how;
  SKIP: {
        skip("$name: the example is not built", 7) if !example('tcp-server');

        my ($server, $port) = tcp_server(@$how, '--plain');
        ok($port && vanish($port), "$name: control: an answer begins");
        $server->expect(qr/^client/m);
        my $control = $server->finish;
        ok(died_by_sigpipe($control), "$name: control dies by SIGPIPE") or diag(outcome($control));

        ($server, $port) = tcp_server(@$how);
        my $patient = asked($port, WHOLE + ENDLESS);
        is(take($patient, 1), 1, "$name: a client in the middle of its answer");
        is((grep { vanish($port) } 1 .. 5), 5, "$name: while five others vanish");
        $server->expect(qr/(?:client \d+$cut){5}/);
        is(take($patient, WHOLE), WHOLE, "$name: is still answered");
        is(take(asked($port, WHOLE), WHOLE + 1), WHOLE, "$name: so is a new one");
        $server->expect(qr/done after/);
        my $result = $server->finish;
        my @cut = $result->{out} =~ /$cut/g;
        ok($result->{exit} == 0 && $result->{signal} == 0 && @cut == 5,
            "$name: the server says EPIPE of the five and lives")
            or diag(outcome($result));
    }
}

SKIP: {
    my $client = example('tls-client') // skip('tls-client: the example is not built', 6);

    # The first write after the server's end passes: its reset has yet to come.
    my $first = "SSL_write 1: 6\n";
    my $second = "SSL_write 2: -1, SSL_ERROR_SYSCALL, Broken pipe\n";
    for my $how ([], ['--install']) {
        my $name = join ' ', 'tls-client', @$how;
        my $control = run([ $client, @$how, '--plain' ]);
        ok(died_by_sigpipe($control), "$name: control dies by SIGPIPE") or diag(outcome($control));
        is($control->{out}, $first, "$name: control: in the second SSL_write");
        my $result = run([ $client, @$how ]);
        is($result->{out}, $first . $second, "$name: SSL_write says EPIPE") or diag(outcome($result));
    }
}

SKIP: {
    my $client = example('ldap-scope') // skip('ldap-scope: the example is not built', 1);
    skip('no LDAP server is unpacked; ./bootstrap fetches one', 1) if !-e "$BUILD/servers/.complete";
    require Slapd;
    my $slapd = Slapd->new(servers => "$BUILD/servers");
    local @ENV{qw(LDAPTLS_CACERT LDAPTLS_REQCERT)} = ($slapd->ca_file, 'demand');

    # The server is restarted between the first and the second of three requests.
    my $look_up = sub {
        my ($scheme, @options) = @_;
        my $daemon = start([ $client, @options, $slapd->uri($scheme), $slapd->base ]);
        for my $n (1 .. 3) {
            $slapd->restart if $n == 2;
            $daemon->say("user$n");
            $daemon->expect(qr/^user$n: .*\n/m);
        }
        return $daemon->finish;
    };
    my @answers = map { "user$_: Surname$_, groups: all\n" } 1 .. 3;
    for my $scheme (qw(ldapi ldap ldaps)) {
        for my $how ([], ['--install']) {
            my $name = join ' ', 'ldap-scope', @$how, $scheme;
            my $control = $look_up->($scheme, @$how, '--plain');
            ok(died_by_sigpipe($control), "$name: control dies by SIGPIPE")
                or diag(outcome($control));
            is($control->{out}, $answers[0], "$name: control: after the first answer");
            my $result = $look_up->($scheme, @$how);
            ok($result->{exit} == 0 && $result->{signal} == 0, "$name: lives")
                or diag(outcome($result));
            is($result->{out}, join('', @answers), "$name: and answers all three");
            is($result->{err}, "ldap-scope: server down, reconnected\n", "$name: the second anew");
        }
    }
}

# What becomes of fetch when the server goes away in the middle of a request.
sub upload {
    my (@options) = @_;
    my $peer = Peer->new('tcp');
    my $fetch = start([ example('fetch'), @options, '--post', 'http://127.0.0.1:' . $peer->address . '/' ]);
    $peer->meet;
    $peer->leave;
    $fetch->say('the rest');
    return $fetch->finish;
}

# And when who reads its output goes away in the middle of the answer.
sub download {
    my (@command) = @_;
    my $peer = Peer->new('tcp');
    my ($reader, $output) = pair('pipe');
    my $fetch = start([ @command, 'http://127.0.0.1:' . $peer->address . '/' ], stdout => $output);
    close $output;
    $peer->meet;
    local $SIG{PIPE} = 'IGNORE';
    syswrite($peer->{conn}, "HTTP/1.1 200 OK\r\n\r\n" . 'x' x 5000);
    sysread($reader, my $first, 1);
    close $reader;
    until_true(sub { syswrite($peer->{conn}, 'x' x 5000); $fetch->ended });
    return $fetch->finish;
}

SKIP: {
    my $fetch = example('fetch') // skip('fetch: the example is not built', 4);
    my $control = upload('--plain');
    ok(died_by_sigpipe($control), 'fetch, a server that hangs up: control dies by SIGPIPE') or diag(outcome($control));
    my $result = upload();
    is("$result->{exit} $result->{err}", "1 fetch: 127.0.0.1: Broken pipe\n", 'fetch: is an error message') or diag(outcome($result));
    $control = download('env', '--ignore-signal=PIPE', $fetch);
    is("$control->{exit} $control->{err}", "1 fetch: standard output: Broken pipe\n", 'fetch | head: control: an error where the signal is ignored')
        or diag(outcome($control));
    $result = download($fetch);
    ok(died_by_sigpipe($result), 'fetch | head ends by SIGPIPE') or diag(outcome($result));
}

for my $name (qw(tcp-server tls-client ldap-scope fetch)) {
  SKIP: {
        my $path = example($name) // skip("$name: the example is not built", 2);
        my $help = run([ $path, '--help' ]);
        ok($help->{exit} == 0 && $help->{out} =~ /^Usage: $name .*--plain/s, "$name --help");
        my $bad = run([ $path, '--no-such-option' ]);
        ok($bad->{exit} == 1 && $bad->{err} =~ /^Usage: /m, "$name refuses what it does not know");
    }
}

done_testing;
