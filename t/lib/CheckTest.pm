# SPDX-License-Identifier: MIT
#
# What the tests of epipe --check share: samples, and what is said of them.

package CheckTest;

use strict;
use warnings;
use EpipeTest;
use Exporter qw(import);
use Test::More;

our @EXPORT = qw($dir $can $cannot file build build_with check says fails);

our $can = qr/supported$/m;
our $cannot = qr/not supported: it /;

our $dir = scratch();
chmod 0755, $dir;
my @cc = split ' ', $ENV{TEST_CC} // 'cc';

sub file {
    my ($name, $text, $mode) = @_;
    return write_file("$dir/$name", $text, $mode // 0755);
}

# Builds a program that exits with 7; undef where that cannot be.
sub build { return build_with('', @_) }

# The same, with something more in its source.
sub build_with {
    my ($declaration, $name, @flags) = @_;
    my $source = file("$name.c", "$declaration\nint main(void) { return 7; }\n", 0644);
    my @compiler = @flags && $flags[0] =~ /gcc/ ? shift @flags : @cc;
    run([ @compiler, '-o', "$dir/$name", $source, @flags ]);
    return -x "$dir/$name" ? "$dir/$name" : undef;
}

sub check {
    my ($word, %how) = @_;
    return run([ epipe('--check'), $word ], %how);
}

# The exit status, the first line and what else must be said.
sub says {
    my ($name, $word, $exit, $verdict, @lines) = @_;
    my %how = @lines && ref $lines[-1] eq 'HASH' ? %{ pop @lines } : ();
    my $result = check($word, %how);
    is($result->{exit}, $exit, "$name: $exit") or diag(outcome($result));
    is($result->{err}, '', "$name: nothing on standard error");
    like($result->{out}, qr/\A\Q$word\E: $verdict/, "$name: the verdict");
    like($result->{out}, qr/^$_/m, "$name: $_") for @lines;
    unlike($result->{out}, qr/^(?![\w \/.-]+: )/m, "$name: a word and a colon on each line");
    return $result;
}

# No verdict: one line that names the word.
sub fails {
    my ($name, $word, $exit, $message, %how) = @_;
    my $result = check($word, %how);
    is($result->{exit}, $exit, "$name: $exit") or diag(outcome($result));
    like($result->{err}, qr/\Aepipe: \Q$word\E: .*$message.*\n\z/, "$name: one line");
    is($result->{out}, '', "$name: and no verdict");
    return;
}

1;
