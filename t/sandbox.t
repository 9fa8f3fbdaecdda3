#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# P2 where it matters most: under seccomp filters as daemons have them, which kill
# for any call that is not on their list.  Living writes need nothing but write;
# a broken one needs the return from a handler.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $probe = probe('sandbox');
plan skip_all => 'a sanitizer makes calls of its own' if sanitized();
my $first = run([ $probe, 'chrony', 'living' ]);
plan skip_all => "seccomp filters are not to be had here: $first->{err}" if $first->{exit} == 90;

for my $filter (qw(openssh vsftpd chrony)) {
    my ($without, $with) = map { run([ @$_, $probe, $filter, 'living' ]) } [], [ epipe() ];
    is($without->{out}, "ok\n", "$filter: a living write (control)");
    is($with->{out}, "ok\n", "$filter: a living write") or diag(outcome($with));
}

dies_then_lives("$_: a broken write", [ $probe, $_, 'broken' ], qr/^ok$/) for qw(vsftpd chrony);

# OpenSSH forbids the return from any signal handler, so there is no help there:
# death by SIGSYS in the place of death by SIGPIPE.
my ($without, $with) = map { run([ @$_, $probe, 'openssh', 'broken' ]) } [], [ epipe() ];
is($without->{signal}, 13, 'openssh: a broken write dies by SIGPIPE (control)');
is($with->{signal}, 31, 'openssh: it dies by SIGSYS, as the filter forbids rt_sigreturn');

done_testing;
