#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The shim remembers a call whose signal was blocked, and only as long as that signal
# can still be pending: t/probe/pending-memory.c says how it went.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $probe = probe('pending-memory');

# The exit status, as a shell has it, of the probe before a reader that does not read.
sub status {
    my ($prefix, $how) = @_;
    my $line = join ' ', @$prefix, $probe, $how;
    my $result = shell("$line | exec true; exit \${PIPESTATUS[0]}");
    return $result->{hung} ? 'hung' : "$result->{exit} $result->{err}";
}

for my $how (qw(ignored handled one-shot vfork seqpacket sigwait sigwaitinfo sigtimedwait scope sendfile
    epipe-write installed fork grandchild))
{
    is(status([], $how), '141 ', "$how: dies of its standard output (control)");
    is(status([ epipe() ], $how), '141 ', "$how: dies of its standard output, and not of what was before");
}
# Where the registers keep a call's first argument.
SKIP: {
    skip 'only x86 keeps what a call has written to', 2 if architecture() !~ /86/;
    is(status([], 'refused'), '141 ', 'refused: dies of its standard output (control)');
    is(status([ epipe() ], 'refused'), '141 ', 'refused: dies of its standard output, and not of what was refused');
}
for my $how (qw(stdout same)) {
    is(status([], $how), '141 ', "$how: control dies of its socket");
    is(status([ epipe() ], $how), "0 alive\n", "$how: lives, whatever standard output was");
}

done_testing;
