#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# After an attach, and after a static program was entered at its exec: what must be EPIPE, and
# what must go on killing.  The dynamic programs have themselves attached to before main().

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Attach;
use EpipeTest;
use Test::More;

can_attach();
plan(skip_all => 'a preload object before a sanitizer\'s') if sanitized();

my $dir = scratch();
my %static;
my @attached = ('env', "LD_PRELOAD=$BUILD/t/probe/.libs/libselfattach.so", "SELF_ATTACH=$BUILD/epipe");

sub static {
    my ($name) = @_;
    $static{$name} //= build_for($dir, $name, ($ENV{TEST_CC} // 'cc') . " -static -I$SOURCE", "$name.c", '-lresolv') // '';
    return $static{$name};
}

# Both ways, [NAME, COMMAND…], beside the control.
sub ways {
    my ($name, @args) = @_;
    my @ways = ([ attached => @attached, probe($name), @args ]);
    push @ways, [ entered => epipe(), static($name), @args ] if static($name) ne '';
    return @ways;
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

# Standard output as a pipeline's end, whichever way it is written to.
for my $way ([ control => probe('broken') ], ways('broken')) {
    my ($name, @command) = @$way;
    my $line = join(' ', @command) . ' perror pipe';
    is(shell("$line 2>&1 | true; echo \${PIPESTATUS[0]}")->{out}, "141\n", "perror into a pipeline: $name dies")
        if $name ne 'control';
}
for my $loop ("while :; do echo y; done") {
    my $attached = join ' ', @attached;
    is(shell("$attached bash -c '$loop' | head -n 1 >/dev/null; echo \${PIPESTATUS[0]}")->{out}, "141\n",
        'bash, attached to, in a pipeline');
SKIP: {
        skip 'no bash-static', 1 if !have('bash-static');
        is(shell(join(' ', epipe()) . " bash-static -c '$loop' | head -n 1 >/dev/null; echo \${PIPESTATUS[0]}")->{out},
            "141\n", 'bash-static, entered, in a pipeline');
    }
}

done_testing;
