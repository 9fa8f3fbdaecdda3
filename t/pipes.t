#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# What the guides to pipes warn of: each situation done wrong, which is the control,
# done right, and as the library does it; what a read or write on a pipe does in each
# of its states; and Python's pipelines. All of it under the shim, too.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my ($pipes, $flow) = (probe('pipes'), probe('flow'));
my @prefixes = sanitized() ? ([]) : ([], [epipe()], [epipe('--children=none')]);

sub under { return @{ $_[0] } > 1 ? ", $_[0][1]" : @{ $_[0] } ? ', under the shim' : '' }

sub says {
    my ($expect, $name, @command) = @_;
    for my $prefix (@prefixes) {
        is(outcome(run([ @$prefix, @command ])), "exit 0, out: $expect\\n", $name . under($prefix));
    }
    return;
}

# The table of pipe(7).
my %table = (
    'read'                    => 'blocks',
    'write'                   => '1',
    'write full'              => 'blocks',
    'read alone'              => '0',
    'read non-blocking'       => 'EAGAIN',
    'write full non-blocking' => 'EAGAIN',
    'read alone non-blocking' => '0',
);
for my $row (sort keys %table) {
    says($table{$row}, "$row, $_: $table{$row}", $pipes, $row, $_) for qw(plain ours);
}
for my $row ('write alone', 'write full alone', 'write alone non-blocking') {
    dies_then_lives("$row, plain", [ $pipes, $row, 'plain' ], qr/^EPIPE$/) if !sanitized();
    says('EPIPE', "$row, ours: EPIPE", $pipes, $row, 'ours');
}

# [program, situation, what comes of it done wrong, right, and our way if there is one]
for my $case (
    [ $pipes, 'ends', 'no end of file', 'end of file', 'end of file' ],
    [ $pipes, 'producer', 'waits\nsignal 13', 'signal 13', 'signal 13' ],
    [ $pipes, 'background', '1', 'EPIPE', 'EPIPE' ],
    [ $flow, 'poll', 'blocks', '1048577' ],
    [ $flow, 'select', 'blocks', '1048577' ],
    [ $flow, 'megabyte', '256 chunks do not arrive', '256 chunks arrive', '256 chunks arrive' ],
) {
    my ($program, $situation, @outcomes) = @$case;
    for my $how (qw(wrong right ours)) {
        my $expect = shift @outcomes // last;
        says($expect, "$situation, $how" . ($how eq 'wrong' && ' (control)'), $program, $situation, $how);
    }
}

# Python ignores SIGPIPE, restores it in children, and keeps p1.stdout unless told.
my $pipeline = <<'END';
import subprocess, sys
p1 = subprocess.Popen(["seq", "inf"], stdout=subprocess.PIPE)
p2 = subprocess.Popen(["head", "-n1"], stdin=p1.stdout, stdout=subprocess.PIPE)
if sys.argv[1] == "closes":
    p1.stdout.close()
print(p2.communicate()[0].decode().strip())
try:
    print(p1.wait(timeout=20 if sys.argv[1] == "closes" else 1))
except subprocess.TimeoutExpired:
    print("waits")
    p1.kill()
END
SKIP: {
    my $python = '/usr/bin/python3';
    skip "$python is not installed", 1 if !-x $python;
    says('1\nwaits', 'Python, p1.stdout kept (control)', $python, '-c', $pipeline, 'keeps');
    says('1\n-13', 'Python, p1.stdout closed', $python, '-c', $pipeline, 'closes');
}

done_testing;
