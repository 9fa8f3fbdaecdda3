# SPDX-License-Identifier: MIT
#
# prove --harness SkipHarness names what was skipped, and counts it, before prove's own
# closing lines.

package SkipHarness;

use strict;
use warnings;
use parent 'TAP::Harness';

sub _initialize {
    my ($self, @arguments) = @_;
    $self->SUPER::_initialize(@arguments);
    $self->callback(made_parser => sub {
        my ($parser, $job) = @_;
        my $file = $self->{of}{ $job->[0] } = { cases => 0, skipped => 0, why => {} };
        $parser->callback(plan => sub {
            my ($plan) = @_;
            $file->{whole} = $plan->explanation || 'no reason given' if $plan->has_skip;
        });
        $parser->callback(test => sub {
            my ($case) = @_;
            $file->{cases}++;
            return if !$case->has_skip;
            $file->{skipped}++;
            $file->{why}{ $case->explanation || $case->description || 'no reason given' }++;
        });
    });
    return $self;
}

sub summary {
    my ($self, @arguments) = @_;
    my ($cases, $whole, @lines) = (0, 0);
    for my $name (sort keys %{ $self->{of} }) {
        my $file = $self->{of}{$name};
        if (defined $file->{whole}) {
            $whole++;
            push @lines, "$name: all of it: $file->{whole}";
        } elsif ($file->{skipped}) {
            my $why = $file->{why};
            $cases += $file->{skipped};
            my $all = $file->{skipped} == $file->{cases} ? 'all of it: ' : '';
            push @lines, "$name: $all" . join '; ', map { "$why->{$_} x $_" } sort keys %$why;
        }
    }
    printf "Skipped cases: %d, in %d files; skipped files: %d\n", $cases, @lines - $whole, $whole;
    print "    $_\n" for @lines;
    return $self->SUPER::summary(@arguments);
}

1;
