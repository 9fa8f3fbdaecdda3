#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The man pages: mandoc finds nothing to say, and every option and variable that
# the command knows stands there.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

plan skip_all => 'mandoc is not installed' if !have('mandoc');

for my $page (glob "$SOURCE/man/*.[1-8]") {
    my ($name) = $page =~ m{([^/]+)$};
    my $lint = run([ 'mandoc', '-Tlint', '-Wwarning', $page ]);
    is($lint->{out} . $lint->{err}, '', "$name: mandoc -Tlint");
}

my $text = run([ 'mandoc', '-Tascii', "$SOURCE/man/epipe.1" ])->{out};
$text =~ s/.\x08//g;
my $help = run([ epipe('--help') ])->{out};
my @options = $help =~ /(--[a-z]+(?:-[a-z]+)*)/g;
cmp_ok(scalar @options, '>=', 8, 'control: --help names options');
like($text, qr/\Q$_\E\b/, "epipe(1) names $_") for @options, $help =~ /\b(EPIPE_[A-Z_]+)\b/g, 'LD_PRELOAD';

done_testing;
