#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# What children get: nothing but the environment.  By default that protects them
# as well; with children=none it is clean.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $probe = probe('broken');
my @write = ($probe, 'write', 'unix');
my $shim = shim();
plan skip_all => 'a sanitizer is in LD_PRELOAD too' if sanitized();

my $orphan = run([ 'perl', '-e', 'system @ARGV; exit $? & 127', @write ]);
is($orphan->{exit}, 13, 'control: a child dies');
my $child = run([ epipe(), 'perl', '-e', 'system @ARGV; exit $? & 127', @write ]);
is($child->{out}, "write: -1 EPIPE\n", 'a child is protected by default');
my $grandchild = run([ epipe(), 'sh', '-c', '"$@"; exit $?', 'sh', 'sh', '-c', '"$@"; exit $?', 'sh', @write ]);
is($grandchild->{out}, "write: -1 EPIPE\n", 'and a grandchild');
my $bare = run([ epipe('--children=none'), 'perl', '-e', 'system @ARGV; exit $? & 127', @write ]);
is($bare->{exit}, 13, '--children=none: a child dies');
my $self = run([ epipe('--children=none'), @write ]);
is($self->{out}, "write: -1 EPIPE\n", '--children=none: the program itself is protected');

# Taking variables away moves nothing that exec put behind them.
for my $options ([], ['--keep=none'], [ '--keep=none', '--log=off' ]) {
    my $auxv = run([ epipe('--children=none', @$options), probe('context'), 'auxv' ]);
    is($auxv->{out}, "auxv: ok\n", "--children=none @$options: the auxiliary vector is found");
}

# SIGPIPE in a child without the shim: at its default and not blocked, whatever
# the protected parent has in the kernel.
sub sigpipe_of {
    my ($status) = @_;
    my %has;
    for my $set (qw(SigBlk SigIgn SigCgt)) {
        my ($mask) = $status =~ /^$set:\s+([0-9a-f]+)$/m or return 'no answer';
        $has{$set} = hex(substr $mask, -4) >> 12 & 1;
    }
    return join ' ', map { "$_ $has{$_}" } sort keys %has;
}

my @status = ('cat', '/proc/self/status');
is(sigpipe_of(run([ epipe(), @status ])->{out}), 'SigBlk 0 SigCgt 1 SigIgn 0',
    'control: in the protected program itself it is caught');
for my $spawn ([ 'env', '-u', 'LD_PRELOAD' ], [ 'sh', '-c', 'unset LD_PRELOAD; "$@"; exit $?', 'sh' ]) {
    is(sigpipe_of(run([ epipe(), @$spawn, @status ])->{out}), 'SigBlk 0 SigCgt 0 SigIgn 0',
        "a child of $spawn->[0] without the shim has it at default and unblocked");
}

# The environment, as a child sees it, without what the suite itself is run with.
my %own = map { ("$_=$ENV{$_}" => 1) } keys %ENV;
sub environment {
    my ($options, %env) = @_;
    my $result = run([ epipe(@$options), 'env', 'env' ], env => \%env);
    return join ' ', sort grep { /^(?:LD_PRELOAD|EPIPE_\w+)=/ && !$own{$_} } split /\n/, $result->{out};
}

# Nor does the block that exec made, which others see in /proc.
my $block = qr/(?:\A|\0)(?:EPIPE_KEEP|LD_PRELOAD)=[^\0]/;
my @cat = ('cat', '/proc/self/environ');
like(run([ epipe('--keep=none'), @cat ])->{out}, $block, 'control: the settings are in /proc/PID/environ');
unlike(run([ epipe('--children=none', '--keep=none'), @cat ])->{out}, $block, '--children=none: they are not');

my $libc = '/lib/x86_64-linux-gnu/libm.so.6';
($libc) = grep { -e } glob('/lib/*/libm.so.6'), '/lib/libm.so.6', '/usr/lib/libm.so.6' if !-e $libc;
is(environment([]), "LD_PRELOAD=$shim", 'by default children inherit the shim');
is(environment(['--keep=none']), "EPIPE_KEEP=none LD_PRELOAD=$shim", 'and the settings');
is(environment([ '--children=none', '--keep=none' ]), '', '--children=none leaves nothing');
is(environment(['--children=none'], EPIPE_LOG => 'off'), '', 'nor what was set by variable');
SKIP: {
    skip 'no libm.so.6 found to preload beside the shim', 10 if !defined $libc;
    is(environment([], LD_PRELOAD => $libc), "LD_PRELOAD=$libc:$shim",
        'what was in LD_PRELOAD stays first');
    is(environment([], LD_PRELOAD => "$libc:$shim"), "LD_PRELOAD=$libc:$shim",
        'the shim is not added twice');
    is(environment(['--children=none'], LD_PRELOAD => $libc), "LD_PRELOAD=$libc",
        'and what was in LD_PRELOAD survives --children=none');
    is(environment(['--children=none'], LD_PRELOAD => "$shim $libc"), "LD_PRELOAD=$libc",
        'in lists with blanks too');
    is(environment(['--children=none'], LD_PRELOAD => "$libc:$shim $libc"), "LD_PRELOAD=$libc $libc",
        'and between others');
    # To a child it is as it was; the control is a child without epipe.
    for my $before ("$libc:", ":$libc", "$libc $libc:", '', ' ') {
        my @child = ('sh', '-c', 'echo "[$LD_PRELOAD]${LD_PRELOAD+ set}"');
        my ($without, $with) = map { run([ @$_, @child ], env => { LD_PRELOAD => $before })->{out} } [], [ epipe('--children=none') ];
        is($with, $without, "LD_PRELOAD '$before' is as it was");
    }
}

done_testing;
