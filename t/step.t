#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Whatever happens at whichever instruction of a call, its outcome is the same: a tracer
# steps to an instruction of a call on an object that is protected, kept or alive, and there
# a signal arrives whose handler makes another broken write or forks, or a SIGPIPE from
# outside.  TEST_STEP_EVERY=1 tries every instruction and TEST_STEP_SEED says which ones
# otherwise; t/step/main.c says how to look at one alone.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Sources;
use Test::More;

plan skip_all => 'the shim cannot be where the sanitizer is' if sanitized();

my $step = "$BUILD/t/step/step";
my $every = $ENV{TEST_STEP_EVERY} // 101;
my $seed = $ENV{TEST_STEP_SEED} // 1;

-x $step or BAIL_OUT("$step is not built");

sub step {
    my ($program, $shim, $at_each, @arguments) = @_;
    return run([ $step, '-e', $at_each, '-s', $seed, @arguments[ 0 .. $#arguments - 1 ], $program, $shim,
            $arguments[-1] ], limit => 120 + 3600 / $at_each);
}

sub is_the_same {
    my ($name, @arguments) = @_;
    my $result = step(@arguments);
    my ($runs) = $result->{out} =~ /: (\d+) runs of \d+ combinations, 0 differences$/m;
    ok($result->{exit} == 0 && $runs, "$name: no difference in " . ($runs // 'no') . ' runs')
        or diag(outcome($result), "\n", $result->{out});
    return;
}

sub differs {
    my ($name, $match, @arguments) = @_;
    my $result = step(@arguments);
    ok($result->{exit} == 1 && $result->{out} =~ $match, "$name: differs (control)") or diag(outcome($result));
    return;
}

my @traced = ("$BUILD/t/step/traced", shim());
my $first = step(@traced, 1, '-m', 'write, alive; write, alive', 'without');
plan skip_all => 'no process can be traced here (ptrace)' if $first->{exit} == 77;
is($first->{exit}, 0, 'a call and a handler that break nothing') or diag(outcome($first));

differs('without the shim', qr/^without: \w+, protected; .*: it died/m, @traced, 401, 'without');
for my $way ('shim', 'flag', 'scope', 'installed', 'flag, shim', 'scope, shim', 'installed, shim') {
    is_the_same($way, @traced, $way =~ /, / ? 4 * $every : $every, $way);
}
is_the_same('shim, and no fork', @traced, 8 * $every, '-1', 'shim');

# The handler is an attach's, or has been put into a static program at its exec.
SKIP: {
    skip 'nothing can be attached to on this architecture', 1 if !can_enter();
    local $ENV{SELF_ATTACH} = "$BUILD/epipe";
    is_the_same('attached', $traced[0], "$BUILD/t/probe/.libs/libselfattach.so", $every, 'attached');
    my $static = build_static('t/step/traced', scratch() . '/traced') or skip 'no static program can be built', 1;
    differs('static, without', qr/^without: \w+, protected; .*: it died/m, $static, shim(), 401, 'without');
    is_the_same('entered', $static, "$BUILD/epipe", 2 * $every, 'entered');
}

SKIP: {
    my $dir = scratch();
    my @cc32 = (cc32(), qw(-std=gnu11 -D_GNU_SOURCE -O2 -w -fvisibility=hidden),
        "-I$SOURCE", "-I$SOURCE/include");
    my @library = (sources_of('libepipe'), sources_of('libcore'));
    my $built = run([ @cc32, '-o', "$dir/traced", sources_of('t/step/traced'), @library, '-lpthread' ],
        limit => 120);
    skip 'no compiler for 32 bits (gcc-multilib)', 1 if $built->{exit} != 0;
    skip '32-bit programs do not run here', 1 if run(["$dir/traced"])->{exit} != 92;
    $built = run([ @cc32, qw(-fPIC -shared -fno-stack-protector), '-Wl,-Bsymbolic-functions',
            "-Wl,--version-script=$SOURCE/preload/preload.map", '-o', "$dir/shim.so",
            sources_of('libepipe-preload'), sources_of('libcore') ], limit => 120);
    is($built->{exit}, 0, 'i386: the shim is built') or diag($built->{err});
    my @traced32 = ("$dir/traced", "$dir/shim.so");
    differs('i386, without the shim', qr/^without: \w+, protected; .*: it died/m, @traced32, 401, 'without');
    for my $way ('shim', 'flag', 'scope', 'installed') {
        is_the_same("i386, $way", @traced32, 3 * $every, $way);
    }
    skip 'i386: nothing can be attached to on this architecture', 1 if !can_enter();
    my $self_attach = build_self_attach_32("$dir/self-attach.so") or BAIL_OUT('self-attach.c is not built');
    local $ENV{SELF_ATTACH} = "$BUILD/epipe";
    is_the_same('i386, attached', "$dir/traced", $self_attach, 3 * $every, 'attached');
    my $static = run([ @cc32, '-static', '-o', "$dir/static", sources_of('t/step/traced'), @library, '-lpthread' ], limit => 120);
    skip 'i386: no static program can be built', 1 if $static->{exit} != 0;
    is_the_same('i386, entered', "$dir/static", "$BUILD/epipe", 3 * $every, 'entered');
}

done_testing;
