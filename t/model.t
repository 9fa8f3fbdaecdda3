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

# The handler is an attach's, under which sigaction() has no wrapper.
SKIP: {
    skip 'nothing can be attached to here', 2 if sanitized() || !can_enter();
    local $ENV{SELF_ATTACH} = "$BUILD/epipe";
    my $attached = run([ $model, probe('refuse'), "$BUILD/t/probe/.libs/libselfattach.so", $steps, $seed, $length, 'attached' ],
        limit => 120 + $steps / 50);
    is($attached->{exit}, 0, 'attached: no difference') or diag($attached->{hung} ? 'hung' : '', $attached->{out}, $attached->{err});
    my ($compared) = $attached->{out} =~ /^attached: (\d+) steps compared$/m;
    cmp_ok($compared // 0, '>', $steps / 4, 'attached: most of them could be compared');
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
