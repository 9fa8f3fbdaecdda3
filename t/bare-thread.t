#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# A SIGPIPE in a thread that libc did not set up, without errno and thread-local storage:
# a broken write there is an EPIPE, and what kills, kills by SIGPIPE and by no other signal.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

plan skip_all => 'a sanitizer needs thread-local storage' if sanitized();

my $probe = probe('bare-thread');
my $first = run([ $probe, 'zeros', 'write' ]);
plan skip_all => $first->{err} if $first->{exit} == 90;

for my $pointer (qw(zeros self null set-zeros set-null)) {
SKIP: {
        skip "$pointer: not for this architecture", 1 if run([ $probe, $pointer, 'write' ])->{exit} == 90;
        dies_then_lives("$pointer: a broken write", [ $probe, $pointer, 'write' ], qr/^result -32$/, options => $_)
            for [], ['--log=stderr'], ['--summary'];
        keeps_dying("$pointer: a signal that it sent", [ $probe, $pointer, 'kill' ]);
        keeps_dying("$pointer: a broken write, under --only", [ $probe, $pointer, 'write' ], options => ['--only=libc.so*']);
        is(run([ @$_, $probe, $pointer, 'caught' ])->{out}, "result 0\nhandled 1\n",
            "$pointer: a signal that it sent meets the program's handler" . (@$_ ? " @$_[ 1 .. $#$_ ]" : ' (control)'))
            for [], [ epipe() ], [ epipe('--handlers=override') ];
        is(run([ @{ $_->[0] }, $probe, $pointer, 'caught-write' ])->{out}, "result -32\nhandled $_->[1]\n",
            "$pointer: a broken write meets it: $_->[1]")
            for [ [], 1 ], [ [ epipe() ], 1 ], [ [ epipe('--handlers=override') ], 0 ];
        is(run([ probe('bare-thread-library'), $pointer, 'write' ])->{out}, "result -32\n",
            "$pointer: a broken write, in a process scope");
        ok(died_by_sigpipe(run([ probe('bare-thread-library'), $pointer, 'kill' ])),
            "$pointer: a signal that it sent kills there, too");
        for my $prefix ([], [ epipe() ]) {
            my $line = join ' ', @$prefix, $probe, $pointer, 'stdout';
            my $status = shell("$line | exec true; echo \${PIPESTATUS[0]}")->{out};
            is($status, "141\n", "$pointer: standard output kills " . (@$prefix ? 'under epipe' : '(control)'));
        }
    }
}

done_testing;
