#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Threads that have SIGPIPE blocked when they write: one that unblocks it later
# lives, one that takes the signal off the queue by itself finds it there, and
# a foreign signal is not taken for a write's.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $probe = probe('blocked');

for my $how (qw(write stdio syscall partial ppoll exec beneath)) {
    my $without = run([ $probe, $how ]);
    my $with = run([ epipe(), $probe, $how ]);
    ok(died_by_sigpipe($without), "$how: control dies when it unblocks") or diag(outcome($without));
    is($with->{err}, "alive\n", "$how: lives") or diag(outcome($with));
}

for my $how (qw(sigwait sigtimedwait signalfd libpq)) {
    my ($without, $with) = map { run([ @$_, $probe, $how ]) } [], [ epipe() ];
    like($without->{out}, qr/^$how: (took )?13/, "$how: takes the signal (control)");
    is($with->{out}, $without->{out}, "$how: takes the signal");
}

keeps_dying("blocked, then $_", [ $probe, $_ ]) for qw(kill child-kill write-and-kill);

# Standard output keeps the default action here too.
for my $prefix ('', join ' ', epipe()) {
    my $result = shell("$prefix $probe stdout | exec true; echo \${PIPESTATUS[0]}");
    is($result->{out}, "141\n", 'stdout: dies when it unblocks ' . ($prefix ? '' : '(control)'))
        or diag(outcome($result));
}

# What has taken the place of the broken descriptor cannot have raised the signal.
for my $prefix ('', join ' ', epipe()) {
    my $result = shell("$prefix $probe replaced >/dev/null");
    is($result->{exit}, $prefix ? 0 : 141, 'replaced: ' . ($prefix ? 'lives' : 'dies (control)'))
        or diag(outcome($result));
}

# A write to a socket, let in by ppoll, is not one to the dead standard output.
my $beside = shell(join(' ', epipe(), $probe, 'ppoll') . ' | exec true; exit ${PIPESTATUS[0]}');
is($beside->{exit}, 0, 'ppoll: lives beside a dead stdout') or diag(outcome($beside));

done_testing;
