#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# After an attach, and after a static program was entered at its exec: what must be EPIPE, and
# what must go on killing; of i386 programs as well.  The dynamic programs have themselves
# attached to before main().

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Attach;
use EpipeTest;
use Sources;
use Test::More;

can_attach();
plan(skip_all => 'a preload object before a sanitizer\'s') if sanitized();

my $dir = scratch();
my %built;
my $cc32 = join ' ', cc32();

sub attached {
    my ($object) = @_;
    return ('env', "LD_PRELOAD=$object", "SELF_ATTACH=$BUILD/epipe");
}

my @attached = attached("$BUILD/t/probe/.libs/libselfattach.so");
my $self_attach_32 = build_self_attach_32("$dir/self-attach-32.so");

# A probe by another compiler, or ''.
sub built {
    my ($name, $kind, $cc) = @_;
    $built{"$name-$kind"} //= build_for($dir, "$name-$kind", "$cc -I$SOURCE", "$name.c", '-lresolv') // '';
    return $built{"$name-$kind"};
}

# All ways, [NAME, COMMAND…], beside the control.
sub ways {
    my ($name, @args) = @_;
    my $static = built($name, 'static', ($ENV{TEST_CC} // 'cc') . ' -static');
    my ($dynamic_32, $static_32) = (built($name, 'i386', $cc32), built($name, 'i386-static', "$cc32 -static"));
    my @ways = ([ attached => @attached, probe($name), @args ]);
    push @ways, [ entered => epipe(), $static, @args ] if $static ne '';
    push @ways, [ 'i386, attached' => attached($self_attach_32), $dynamic_32, @args ] if $dynamic_32 ne '' && $self_attach_32;
    push @ways, [ 'i386, entered' => epipe(), $static_32, @args ] if $static_32 ne '';
    return @ways;
}
SKIP: {
    skip 'i386: nothing can be built, or runs here', 1 if built('broken', 'i386', $cc32) eq '';
    is(scalar ways('broken'), 4, 'control: each way is tried');
}

sub lives {
    my ($what, $expect, @probe) = @_;
    my $control = run([ probe($probe[0]), @probe[ 1 .. $#probe ] ]);
    ok(died_by_sigpipe($control), "$what: control dies by SIGPIPE") or diag(outcome($control));
    for my $way (ways(@probe)) {
        my ($name, @command) = @$way;
        my $result = run([@command]);
        ok($result->{exit} == 0 && $result->{signal} == 0 && !$result->{hung} && $result->{out} =~ $expect, "$what: $name lives")
            or diag(outcome($result));
    }
    return;
}

sub dies {
    my ($what, @probe) = @_;
    for my $way ([ control => probe($probe[0]), @probe[ 1 .. $#probe ] ], ways(@probe)) {
        my ($name, @command) = @$way;
        my $result = run([@command]);
        ok(died_by_sigpipe($result), "$what: $name dies by SIGPIPE") or diag(outcome($result));
    }
    return;
}

for my $case (qw(write:pipe writev:fifo send:unix sendmsg:tcp sendfile:unix splice:pipe dprintf:tcp)) {
    my ($call, $kind) = split /:/, $case;
    lives("$call to a broken $kind", qr/^$call: -1 EPIPE$/m, 'broken', $call, $kind);
}
lives("a short $_", qr/^$_: short$/m, 'partial', $_, $_ eq 'write' ? 'pipe' : 'tcp') for qw(write sendfile);
dies("foreign: $_", 'foreign', $_) for qw(kill raise pthread_kill sigqueue timer);

# Not what a call of the same number is for: on i386 a send() is socketcall(9, …).
for my $way ([ control => probe('kept-send') ], ways('kept-send')) {
    my ($name, @command) = @$way;
    my $result = run([ probe('kept-send'), 'exec', @command ]);
    ok(died_by_sigpipe($result), "a send to standard output: $name dies by SIGPIPE") or diag(outcome($result));
}

# Standard output as a pipeline's end, whichever way it is written to.
for my $way ([ control => probe('broken') ], ways('broken')) {
    my ($name, @command) = @$way;
    my $line = join(' ', @command) . ' perror pipe';
    is(shell("$line 2>&1 | true; echo \${PIPESTATUS[0]}")->{out}, "141\n", "perror into a pipeline: $name dies");
}
sub loop_into_head {
    my ($env, @bash) = @_;
    my $loop = 'while echo y; do :; done 2>/dev/null; exit 3';
    return shell("@bash -c '$loop' | head -n 1 >/dev/null; echo \${PIPESTATUS[0]}", env => $env)->{out};
}
is(loop_into_head({}, 'bash'), "141\n", 'control: bash in a pipeline');
is(loop_into_head({}, @attached, 'bash'), "141\n", 'bash, attached to, in a pipeline');
is(loop_into_head({ EPIPE_KEEP => 'none' }, @attached, 'bash'), "3\n", 'control: it is attached to');
SKIP: {
    skip 'no bash-static', 2 if !have('bash-static');
    is(loop_into_head({}, epipe(), 'bash-static'), "141\n", 'bash-static, entered, in a pipeline');
    is(loop_into_head({}, epipe('--keep=none'), 'bash-static'), "3\n", 'control: it is entered');
}

done_testing;
