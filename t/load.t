#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Load: clients of nginx, redis and Python's http.server that die half way, by the
# thousand, and others that live and look at every byte they get: nothing is lost, and
# nothing grows that does not grow without the shim.
#
# The same load goes in turn to a server without the shim and to one with it. nginx and
# redis ignore SIGPIPE themselves: under the shim nothing may be different. http.server
# ignores it in the one and has it at its default in the other, where it lives by the shim.
#
# LOAD_BREAKS says how many connections are broken under the shim (and again without);
# LOAD_RESULTS names a file for a table. `make check-load`: a million.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use List::Util qw(max min sum0);
use LoadServer;
use Peer;
use POSIX ();
use Test::More;

plan skip_all => 'a sanitizer is in the servers too' if sanitized();
my $breaks = $ENV{LOAD_BREAKS} // 4000;
$breaks =~ /^[1-9]\d*$/ or BAIL_OUT("LOAD_BREAKS=$breaks: not a number of connections");
my ($breaker, $living) = map { "$BUILD/t/load/$_" } qw(breaker living);
-x $_ or BAIL_OUT("$_ is not built") for $breaker, $living;

my @kinds = ([ 'nginx', 0.715 ], [ 'nginx, TLS', 0.005 ], [ 'redis', 0.12 ], [ 'redis, io-threads', 0.12 ], [ 'http.server', 0.04 ]);    # and its part of the breaks
# Kilobytes that memory may grow by in every turn more than without the shim: what the
# servers' allocators keep differs by half of that. In a run of a million it is less than
# twenty bytes for each of nginx's broken connections.
my %allowance = (map({ ($_ => 1024) } 'nginx', 'redis', 'redis, io-threads'), map({ ($_ => 4096) } 'nginx, TLS', 'http.server'));
my $mappings = 16;    # likewise: glibc keeps some stacks of threads
my $files = LoadServer::make_files(scratch() . '/www');
my $slices = $breaks < 100_000 ? 4 : 10;
my @table;

sub start_living {
    my ($server, $directory) = @_;
    my ($talk, $known) = @{ $server->{talk} };
    my $clients = start([ $living, $talk, 3, 1, $server->{addresses}, grep { defined } $directory // $known ]);
    $clients->expect(qr/^ready$/m) if !defined $directory;
    return $clients;
}

sub start_breaker {
    my ($server, $count, $seed) = @_;
    return start([ $breaker, $count, $seed, 2, $server->{addresses}, @{ $server->{requests} } ]);
}

sub number { my ($name, $text) = @_; return $text =~ /^$name ([\d.]+)$/m ? $1 + 0 : 0 }

# The clients that are killed with all their connections.
sub killed_at { my ($kind) = @_; return $kind =~ /nginx/ ? 'wrk' : $kind =~ /redis/ ? 'redis-benchmark' : undef }

# wrk or redis-benchmark, killed as soon as all its connections are there; how many.
sub kill_a_client {
    my ($server) = @_;
    my $connections = 20;
    my $program = killed_at($server->{kind});
    return 0 if !$program || missing($program);
    my $client = start($program eq 'wrk' ? [ 'wrk', '-t1', "-c$connections", '-d600s', $server->{url} ]
        : [ 'redis-benchmark', '-s', "$server->{dir}/redis", '-c', $connections, '-P', 2, '-n', 1e9, 'GET', 'large' ]);
    my $sockets = sub { scalar grep { (readlink $_ // '') =~ /^socket/ } glob "/proc/$client->{pid}/fd/*" };
    until_true(sub { $sockets->() >= $connections || $client->ended });
    my $broken = $client->ended ? 0 : $sockets->();
    kill KILL => $client->{pid};
    $client->finish;
    return $broken;
}

# Some of the load on one server; what came of it goes into what is known of the server.
sub load {
    my ($server, $count, $seed) = @_;
    my $clients = start_living($server);
    $server->{by_kill} //= 0;
    my $breaking = start_breaker($server, $count, $seed);
    my $deadline = time + $Run::LIMIT + $count / 100;
    # One that finds the server's queue full gives up by itself.
    my $attempts = my $kills = 1 + int($count / 1000);
    do {
        if ($kills > 0 && $attempts-- > -9) {
            my $broken = kill_a_client($server);
            $server->{by_kill} += $broken;
            $kills-- if $broken;
        }
        else { select(undef, undef, undef, 0.005) }
    } until $breaking->ended || time > $deadline;
    my $broke = $breaking->finish;
    my $lived = $clients->finish;
    $server->{wrong} .= outcome($_) . "\n" for grep { $_->{hung} || $_->{signal} || $_->{exit} } $broke, $lived;
    $server->{$_} += number($_, $broke->{out}) for qw(broken closed seconds);
    $server->{$_} += number($_, $lived->{out}) for qw(answers connections);
    push @{ $server->{rates} }, number('rate', $lived->{out});
    return;
}

sub median { my @sorted = sort { $a <=> $b } @_; return ($sorted[ $#sorted / 2 ] + $sorted[ @sorted / 2 ]) / 2 }

sub growth { my ($server, $what) = @_; return $server->{turns}[-1]{$what} - $server->{turns}[0]{$what} }

# What each turn adds at least: an allocator adds some megabytes in one turn or another.
sub kilobytes_a_turn {
    my @turns = map { $_->{kilobytes} } @{ $_[0]{turns} };
    return min(map { $turns[$_] - $turns[ $_ - 1 ] } 1 .. $#turns);
}

# The summaries of all its processes.
sub swallowed {
    my ($text) = @_;
    return sum0($text =~ /summary: SIGPIPEs swallowed: (\d+) /g);
}

sub under_load {
    my ($kind, $count) = @_;
    my ($without, $with) = my @servers = (LoadServer->start_server($kind, files => $files, sigpipe => 'SIG_IGN'),
        LoadServer->start_server($kind, files => $files, prefix => [ epipe('--summary') ]));
    my $part = POSIX::ceil($count / $slices);
    for my $slice (1 .. $slices) {
        load($_, $part, $slice) for $slice % 2 ? @servers : reverse @servers;
        for my $server (@servers) {
            until_true(sub { $server->held->{fds} <= $server->{turns}[0]{fds} }) if $slice > 1;
            push @{ $server->{turns} }, $server->held_at_rest;
        }
    }
    for my $server (@servers) {
        my $name = "$kind, " . ($server == $with ? 'with the shim' : 'without');
        cmp_ok($server->{broken}, '>=', $part * $slices, "$name: connections are broken");
        is($server->{closed}, 0, "$name: by their clients only");
        ok($server->{answers} > 0 && !$server->{wrong}, "$name: the living lose nothing") or diag($server->{wrong});
        cmp_ok(growth($server, 'fds'), '<=', 0, "$name: no descriptors more");
        is(join(' ', $server->pids), $server->{began}, "$name: the same processes as at first");
        $server->{result} = $server->stop;
        ok(!$server->{result}{hung} && !$server->{result}{signal} && !$server->{result}{exit}, "$name: and a regular end")
            or diag(outcome($server->{result}));
    }
    cmp_ok(growth($with, 'maps'), '<=', max(0, growth($without, 'maps')) + $mappings, "$kind: no mappings more");
    cmp_ok(kilobytes_a_turn($with), '<=', max(0, kilobytes_a_turn($without)) + $allowance{$kind}, "$kind: no memory more");
    my $signals = swallowed($with->{result}{err} . $with->{result}{out});
    cmp_ok($signals, '>', 0, "$kind: and would have killed") if $kind eq 'http.server';
    SKIP: {
        my $program = killed_at($kind) or last SKIP;
        skip missing($program), 1 if missing($program);
        cmp_ok($with->{by_kill}, '>', 0, "$kind: some of them by the end of $program");
    }
    my @ratios = map { $with->{rates}[$_] / ($without->{rates}[$_] || 1) } 0 .. $slices - 1;
    my $each = sub { my ($format, $of) = @_; return map { sprintf $format, $of->($_) } $with, $without };
    push @table, [ $kind, $each->('%d', sub { $_[0]{broken} + $_[0]{by_kill} }), $with->{by_kill}, $signals,
        $each->('%d', sub { $_[0]{answers} }), $each->('%d %+d', sub { ($_[0]{turns}[0]{kilobytes}, growth($_[0], 'kilobytes')) }),
        $each->('%+d', sub { growth($_[0], 'fds') }), $each->('%+d', sub { growth($_[0], 'maps') }),
        $each->('%.0f', sub { $_[0]{broken} / ($_[0]{seconds} || 1) }), $each->('%.0f', sub { median(@{ $_[0]{rates} }) }),
        sprintf('%.3f (%.3f to %.3f)', median(@ratios), min(@ratios), max(@ratios)) ];
    return;
}

# What the load is worth: writes are broken, as strace sees it; and a server that does
# not ignore SIGPIPE is killed at once, which the living do not miss.
sub controls_of_breaking {
    SKIP: {
        my $trial = run([ 'strace', '-qq', '-o', '/dev/null', 'true' ]);
        skip 'strace is not installed, or may not trace here', 1 if $trial->{exit} != 0;
        for my $kind (grep { !LoadServer::missing_for($_) } 'nginx', 'redis') {
            my $trace = scratch() . '/trace';
            my $server = LoadServer->start_server($kind, files => $files,
                prefix => [ qw(strace -f -qq -e trace=none -e signal=SIGPIPE -o), $trace ]);
            start_breaker($server, 200, 1)->finish;
            $server->held_at_rest;
            my $result = $server->stop;
            my $signals = () = (-e $trace ? `cat $trace` : '') =~ /--- SIGPIPE/g;
            ok($signals > 0 && !$result->{signal}, "$kind: control: it is sent SIGPIPE, $signals times for 200")
                or diag(outcome($result));
        }
    }
    SKIP: {
        my $why = LoadServer::missing_for('http.server');
        skip $why, 1 if $why;
        my $server = LoadServer->start_server('http.server', files => $files);
        my $clients = start_living($server);
        start_breaker($server, 100, 1)->finish;
        until_true(sub { $server->{program}->ended });
        my ($lived, $result) = ($clients->finish, $server->stop);
        ok(died_by_sigpipe($result), 'http.server: control: without the shim SIGPIPE kills it') or diag(outcome($result));
        like($lived->{err}, qr/^load: /m, 'http.server: control: the living see that') or diag(outcome($lived));
    }
    return;
}

# That what is lost or grows would be seen.
sub controls_of_seeing {
    SKIP: {
        skip LoadServer::missing_for('nginx'), 1 if LoadServer::missing_for('nginx');
        my $server = LoadServer->start_server('nginx', files => $files);
        my $clients = start_living($server, LoadServer::altered($files));
        until_true(sub { $clients->text('err') =~ /expected/ });
        my $lived = $clients->finish;
        like($lived->{err}, qr/^load: 300000: not what was expected/m, 'nginx: control: one wrong byte is seen')
            or diag(outcome($lived));
        $server->stop;
    }
    SKIP: {
        skip LoadServer::missing_for('redis'), 1 if LoadServer::missing_for('redis');
        my $server = LoadServer->start_server('redis');
        my $clients = start_living($server);
        until_true(sub { $server->says('FLUSHALL'); $clients->ended || $clients->text('err') =~ /expected/ });
        my $lived = $clients->finish;
        like($lived->{err}, qr/^load: redis: not what was expected/m, 'redis: control: a value that is lost is seen')
            or diag(outcome($lived));
        my $before = $server->held_at_rest;
        my $client = IO::Socket::UNIX->new("$server->{dir}/redis");
        $server->says("SET more$_ " . 'more' x 10_000) for 1 .. 60;
        my $after = $server->held_at_rest;
        cmp_ok($after->{kilobytes} - $before->{kilobytes}, '>', $allowance{redis}, 'redis: control: two megabytes more are seen');
        is($after->{fds} - $before->{fds}, 1, 'redis: control: and a connection that is not closed');
        $server->stop;
    }
    return;
}

my @facts = ('', 'connections broken', '... without the shim', 'of which by kill -9 of wrk or redis-benchmark',
    'SIGPIPEs swallowed', 'answers verified', '... without', 'memory, kB after the first turn and growth',
    '... without', 'descriptors more', '... without', 'mappings more', '... without', 'broken in a second', '... without',
    'answers in a second meanwhile', '... without', 'ratio of these in each turn: median (least to most)');

sub results {
    my ($broken, $answers) = map { my $n = $_; sum0(map { $_->[$n] } @table) } 1, 5;
    my ($system, undef, $release) = POSIX::uname();
    my @lines = map { my $n = $_; join ' | ', $facts[$n], map { $_->[$n] } @table } 0 .. $#facts;
    splice @lines, 1, 0, join ' | ', map { '---' } 0 .. @table;
    return "$broken broken connections and $answers verified answers under the shim, in $slices turns, on $system $release,\n"
        . POSIX::strftime('%Y-%m-%d', gmtime) . '.  ' . (Test::More->builder->is_passing ? "All was as expected.\n\n" : "Not all was as expected.\n\n")
        . join '', map { "| $_ |\n" } @lines;
}

controls_of_breaking();
controls_of_seeing();
for my $row (@kinds) {
    my ($kind, $share) = @$row;
    my $why = LoadServer::missing_for($kind);
    SKIP: {
        skip "$kind: $why", 1 if $why;
        under_load($kind, $share * $breaks);
        write_file($ENV{LOAD_RESULTS}, results()) if $ENV{LOAD_RESULTS};
    }
}
note(results());
done_testing;
