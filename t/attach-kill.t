#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# A loaded server whose attacher is killed at each of its system calls, and at random
# moments: it goes on, every answer is right, and then an attach works.  The same of a server
# for i386.
#
# TEST_LONG=1 (make check-long): each call instead of every fourth (timer, i386: eighth), in
# every mode, and 200 random moments.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Attach;
use EpipeTest;
use Sources;
use Test::More;

plan skip_all => 'a sanitizer makes system calls of its own in the target, and in the tracer' if sanitized();
can_attach();
my $long = $ENV{TEST_LONG};
my $answers_32 = build_for(scratch(), 'answers-32', join(' ', cc32(), "-I$SOURCE"), 'answers.c');

# Lets an attach to a new server be killed at N; false once it came to its end before.  MODE is
# i386's of the other program.
sub kill_at {
    my ($mode, $epipe, $env, @at) = @_;
    my $server = start([ $mode =~ /(.*), i386/ ? ($answers_32, $1) : (probe('answers'), $mode) ]);
    my $killed = run([ probe('kill-at'), @at, @$epipe, $server->{pid} ], env => $env, limit => 20);
    return ($killed->{exit} == 9, $server, $killed);
}

# On a busy machine a thread may be found in the middle of a write each time: told, and tried again.
my $tries = 0;
sub is_to_try_again {
    my ($run) = @_;
    return $run->{err} =~ /: try again$/m && $tries++ < 50;
}

# The server goes on: a round of answers, a whole attach, broken connections, another round.
sub is_well {
    my ($server) = @_;
    print { $server->{in} } "round\n";
    read_until($server, qr/^round 1 /m) or return 'no first round';
    my $attach;
    do { $attach = attach($server->{pid}) } while is_to_try_again($attach);
    print { $server->{in} } "broken\n";
    read_until($server, qr/^broken/m) or return "broken connections end it; attach: " . outcome($attach);
    print { $server->{in} } "round\n";
    read_until($server, qr/^round 2 /m) or return 'no second round';
    my $result = finish($server);
    return outcome($result) if $result->{exit} != 0 || $result->{signal};
    return $result->{out} =~ /^(wrong.*)/m ? $1 : '';
}

$SIG{PIPE} = sub { };    # of a server that has died; not SIG_IGN, which is inherited
for my $mode ($long ? qw(epoll threads timer) : qw(epoll timer), 'epoll, i386', $long ? 'timer, i386' : ()) {
    next if $mode =~ /i386/ && !defined $answers_32;
    my ($killed, $bad, $last) = (0, 0, '');
    my $step = $long ? 1 : $mode eq 'epoll' ? 4 : 8;
    for (my $n = 1; $n < 400; $n += $step) {
        my ($was_killed, $server, $run) = kill_at($mode, [ epipe('--attach') ], {}, $n);
        my $how = is_well($server);
        if ($how ne '') { $bad++; diag("$mode, killed at $n: $how") }
        redo if !$was_killed && is_to_try_again($run);
        if (!$was_killed) { $last = outcome($run); last }
        $killed++;
    }
    is("$bad of $killed, $last", "0 of $killed, exit 0", "$mode: killed at each call: none is broken");
    cmp_ok($killed * $step, '>=', 30, "$mode: there are that many calls");
}

SKIP: {
    skip 'i386: nothing can be built, or runs here', 1 if !defined $answers_32;
    is((read_file($answers_32) =~ /^.ELF(.)/s)[0], "\x01", 'control: a server for i386');
}

# At random moments, a few for each server.
my $seed = $ENV{TEST_SEED} // 1;
my ($killed, $bad) = (0, 0);
for my $i (1 .. ($long ? 200 : 8)) {
    $seed = ($seed * 1103515245 + 12345) % 2**31;
    my ($was_killed, $server) = kill_at('epoll', [ epipe('--attach') ], {}, $seed % 400, 'us');
    my $how = is_well($server);
    $killed += $was_killed;
    if ($how ne '') { $bad++; diag("random moment $i: $how") }
}
is($bad, 0, "killed at $killed random moments: none is broken");
cmp_ok($killed, '>', 0, 'control: some were in time');

# Controls: an attach whose code has no way back of its own, and one by PTRACE_ATTACH.
for my $rule (qw(way-back seize)) {
    my ($broken, $last) = (0, '');
    for (my $n = 2; $n < 400 && !$broken; $n++) {
        my ($was_killed, $server, $run) = kill_at('epoll', [ probe('unsafe-attach') ], { GRAFT_WITHOUT => $rule }, $n);
        local $Run::LIMIT = 5;
        # A stopped one does not answer.
        $broken = status_of($server->{pid}, 'State') =~ /^T/ || is_well($server) ne '' if $was_killed;
        kill KILL => $server->{pid};
        finish($server) if defined fileno $server->{in};
        next if $was_killed;
        redo if is_to_try_again($run);
        $last = outcome($run);
        last;
    }
    ok($broken, "control: without the rule '$rule' it is broken") or diag($last);
}

done_testing;
