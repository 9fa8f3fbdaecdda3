#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# P3: what the program asks for with signal, sigaction and their kin is what it
# gets and what it reads back; the default action is what the shim's handler stands for.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $probe = probe('disposition');
my @setters = qw(signal bsd_signal ssignal sysv_signal __sysv_signal sigset siginterrupt
    sigignore sigaction __sigaction info oneshot oneshot_info);
my %one_shot = map { $_ => 1 } qw(sysv_signal __sysv_signal oneshot oneshot_info);

# The same words with the shim as without: returned handlers, flags, masks.
my ($plain, $shimmed) = map { run([ @$_, $probe, 'readback' ]) } [], [ epipe() ];
is($plain->{exit}, 0, 'read back, control: ends well');
cmp_ok(scalar(split /\n/, $plain->{out}), '>', 90, 'read back, control: says something');
is($shimmed->{out}, $plain->{out}, 'every setter reads back what it set');

for my $setter (@setters) {
    # The control, and the test: the default action kills, and is protected again.
    dies_then_lives("default set by $setter", [ $probe, 'default', $setter ],
        qr/^write: -1 EPIPE$/m);

    my @ignored = map { run([ @$_, $probe, 'ignore', $setter ]) } [], [ epipe() ];
    like($ignored[0]{out}, qr/^write: -1 EPIPE\nhandler ran [01] times/m, "ignored by $setter (control)");
    is($ignored[1]{out}, $ignored[0]{out}, "ignored by $setter");

    # A handler runs with its flags, mask and stack; a one-shot once, after which
    # the control dies and the protected program is protected again.
    if ($one_shot{$setter}) {
        my $without = run([ $probe, 'oneshot', $setter ]);
        my $with = run([ epipe(), $probe, 'oneshot', $setter ]);
        my $once = qr/\Awrite: -1 EPIPE\n(handler ran 1 times.*\n)/;
        ok(died_by_sigpipe($without), "one-shot by $setter: control dies by the second write");
        like($without->{out}, qr/$once\z/, "one-shot by $setter: control ran the handler");
        my ($line) = $without->{out} =~ $once;
        is($with->{out}, $without->{out} . $without->{out},
            "one-shot by $setter: it runs once, then the write is protected");
    }
    else {
        my @handled = map { run([ @$_, $probe, 'handler', $setter ]) } [], [ epipe() ];
        like($handled[0]{out}, qr/^handler ran 2 times/m, "handler by $setter (control)");
        is($handled[1]{out}, $handled[0]{out}, "handler by $setter");
    }

    # handlers=override: not for a protected write, but for a foreign signal.
    my $respected = run([ epipe(), $probe, 'foreign', $setter ]);
    my $overridden = run([ epipe('--handlers=override'), $probe, 'foreign', $setter ]);
    like($respected->{out}, qr/^handler ran 1 times, /m, "handler by $setter is respected");
    like($overridden->{out},
        qr/^write: -1 EPIPE\nhandler ran 0 times, .*\nhandler ran 1 times after kill$/,
        "handler by $setter is overridden for the write, not for kill");
}

# Under override the program still reads back its own handlers.
my $override = run([ epipe('--handlers=override'), $probe, 'readback' ]);
is($override->{out}, $plain->{out}, 'every setter reads back what it set, under override');

# The shim's own handler, which somebody has kept who asks the kernel, is not its own.
for my $prefix ([], [ epipe() ], [ epipe('--handlers=override') ]) {
    my $kept = run([ @$prefix, $probe, 'kept' ]);
    is($kept->{out}, "handler ran 1 times after kill\n", "the kernel's answer, put back: @$prefix[1 .. $#$prefix]") or diag(outcome($kept));
}

# What a program was started with: an ignored SIGPIPE stays ignored.
my $ignored = run([ 'perl', '-e', '$SIG{PIPE} = "IGNORE"; exec @ARGV', epipe(), 'grep', 'SigIgn',
        '/proc/self/status' ]);
like($ignored->{out}, qr/^SigIgn:\s+[0-9a-f]*1[0-9a-f]{3}$/m, 'SIGPIPE ignored at start stays ignored');

done_testing;
