#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Nothing else changes: random sequences of operations on descriptors and signals, made
# through the library and under the shim, show step by step what they show to a program
# whose broken writes raise no signal.  TEST_MODEL_STEPS and TEST_MODEL_SEED say how
# many and which; t/model/model.c says what is compared with what.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Sources;
use Test::More;

my $model = "$BUILD/t/model/model";
# A fork of a sanitized process takes its time.
my $steps = $ENV{TEST_MODEL_STEPS} // (sanitized() ? 5_000 : 25_000);
my $seed = $ENV{TEST_MODEL_SEED} // 1;
my $length = 100;
my $can_refuse = run([ probe('refuse'), 'EPERM', 'true' ])->{exit} == 0;

-x $model or BAIL_OUT("$model is not built");

sub model {
    my ($count, @ways) = @_;
    return run([ $model, probe('refuse'), shim(), $count, $seed, $length, @ways ],
        limit => 120 + $count / 50);
}

# The controls: it sees a library that does nothing, and a shim that is not there.
for my $control ('unprotected', 'without the shim') {
    next if $control =~ /shim/ && sanitized();
    my $result = model(sanitized() ? 1000 : 5000, $control);
    ok($result->{exit} == 1 && $result->{out} =~ /^seed \d+: \Q$control\E differs/m,
        "$control: differs (control)") or diag(outcome($result));
    like($result->{out}, qr/^  shortest sequence: \d\n/m, "$control: in less than ten operations");
}

my @ways = ('ignored', 'library', 'installed');
SKIP: {
    skip 'seccomp filters are not to be had here', 1 if !$can_refuse;
    push @ways, 'library, refused';
    pass('the library without RWF_NOSIGNAL is tried too');
}
SKIP: {
    skip 'the shim cannot be where the sanitizer is', 1 if sanitized();
    push @ways, 'shim', 'shim, keep=none', 'shim, handlers=override', 'library, shim',
        'installed, shim';
    pass('the shim is tried too');
}

# The handler is an attach's, or has been put into a static program at its exec: under neither
# has sigaction() a wrapper.  HELPER brings it there.
sub without_wrappers {
    my ($way, $program, $helper) = @_;
    my $result = run([ $program, probe('refuse'), $helper, $steps, $seed, $length, $way ],
        limit => 120 + $steps / 50);
    is($result->{exit}, 0, "$way: no difference") or diag($result->{hung} ? 'hung' : '', $result->{out}, $result->{err});
    my ($compared) = $result->{out} =~ /^$way: (\d+) steps compared$/m;
    cmp_ok($compared // 0, '>', $steps / 4, "$way: most of them could be compared");
    return;
}

SKIP: {
    skip 'nothing can be attached to here', 5 if sanitized() || !can_enter();
    local $ENV{SELF_ATTACH} = "$BUILD/epipe";
    without_wrappers('attached', $model, "$BUILD/t/probe/.libs/libselfattach.so");
    my $static = build_static('t/model/model', scratch() . '/model') or skip 'no static program can be built', 3;
    my $not_entered = run([ $static, probe('refuse'), '/usr/bin/env', 5000, $seed, $length, 'entered' ], limit => 120);
    like($not_entered->{out}, qr/^seed \d+: entered differs/m, 'entered: by env(1) instead, it differs (control)')
        or diag(outcome($not_entered));
    without_wrappers('entered', $static, "$BUILD/epipe");
}

my $result = model($steps, @ways);
is($result->{exit}, 0, "$steps steps from seed $seed: no difference")
    or diag($result->{hung} ? 'hung' : '', $result->{out}, $result->{err});
for my $way (@ways) {
    my ($compared) = $result->{out} =~ /^\Q$way\E: (\d+) steps compared$/m;
    cmp_ok($compared // 0, '>', $steps / 4, "$way: most of them could be compared");
}
note($result->{out});

done_testing;
