#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# A real daemon with a SIGPIPE handler of its own, which ends it: git's
# credential-cache--daemon. One client that asks and does not listen, and every
# password it kept is gone. By default that is its own affair; the operator who
# says --handlers=override keeps it alive.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::UNIX;
use Test::More;
use EpipeTest;
use Peer;

plan skip_all => 'git is not installed' if !have('git');

my $kept = "username=somebody\npassword=secret\n";

# One request on a connection of its own, and the answer to it. A deaf client
# does not read, so that the daemon's answer to it is a broken pipe.
sub ask {
    my ($path, $action, %how) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $client = IO::Socket::UNIX->new(Peer => $path) or return "connect: $!";
    shutdown($client, 0) if $how{deaf};
    print {$client} "action=$action\ntimeout=900\nprotocol=https\nhost=example.org\n",
        $how{more} // '';
    $client->flush;
    shutdown($client, 1);
    $client->blocking(0);
    my $answer = '';
    until_true(sub {
        my $got = sysread($client, $answer, 4096, length $answer);
        return defined $got ? $got == 0 : !$!{EAGAIN};
    });
    return $answer;
}

sub credential_cache {
    my (@prefix) = @_;
    my $path = scratch() . '/socket';
    my $daemon = start([ @prefix, 'git', 'credential-cache--daemon', $path ]);
    $daemon->expect(qr/^ok$/m);
    ask($path, 'store', more => $kept);
    ask($path, 'get', deaf => 1);
    my $answer = ask($path, 'get');
    ask($path, 'exit');
    return ($daemon->finish, $answer);
}

my ($without) = credential_cache();
ok(died_by_sigpipe($without), 'control: one deaf client ends the daemon by SIGPIPE')
    or diag(outcome($without));

my ($by_default) = credential_cache(epipe());
ok(died_by_sigpipe($by_default), 'under epipe its handler is respected: it ends as without')
    or diag(outcome($by_default));

my ($with, $answer) = credential_cache(epipe('--handlers=override'));
# Since 2.46 it begins with what it is capable of.
is(join('', $answer =~ /^(?:username|password)=.*\n/mg), $kept, '--handlers=override: the next client gets its answer')
    or diag(outcome($with));
is($with->{exit} | $with->{signal}, 0, '--handlers=override: it ends when told to');

done_testing;
