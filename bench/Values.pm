# SPDX-License-Identifier: MIT
#
# The raw values of a run: lines of "part,setting,size,way,VALUE VALUE ...", one value
# for each round.  A ratio is the median over the rounds of the quotients within each
# round, so what slows one round down falls out of it.

package Values;

use strict;
use warnings;
use Exporter qw(import);
use POSIX ();

our @EXPORT_OK = qw(load quartiles quotients where);

# { "part,setting,size" => { way => [values] } }, and the labels in their order.
sub load {
    my ($path) = @_;
    my (%values, @order);
    open(my $in, '<', $path) or die "$path: $!\n";
    while (my $line = <$in>) {
        chomp $line;
        my ($part, $setting, $size, $way, $list) = split /,/, $line, 5;
        next if !defined $list || $list eq '';
        my $label = "$part,$setting,$size";
        push @order, [ $label, $way ] if !$values{$label}{$way};
        push @{ $values{$label}{$way} }, split / /, $list;
    }
    return (\%values, \@order);
}

# The median and the quartiles, in the order of size.
sub quartiles {
    my @sorted = sort { $a <=> $b } @_;
    return map { at(\@sorted, $_ * $#sorted) } 0.25, 0.5, 0.75;
}

sub at {
    my ($sorted, $place) = @_;
    my $low  = int $place;
    my $high = $low < $#$sorted ? $low + 1 : $low;
    return $sorted->[$low] + ($place - $low) * ($sorted->[$high] - $sorted->[$low]);
}

# WAY's values over BASE's, round by round; empty where one was not measured.
sub quotients {
    my ($way, $base) = @_;
    return if !$way || !$base || @$way != @$base;
    return map { $base->[$_] ? $way->[$_] / $base->[$_] : () } 0 .. $#$way;
}

# Machine, kernel and date, in UTF-8.
sub where {
    open(my $in, '<', '/proc/cpuinfo') or return 'unknown';
    my @models = map { /^model name\s*:\s*(.*)/ ? $1 : () } <$in>;
    my ($kernel) = (POSIX::uname())[2] =~ /^([\d.]+)/;
    return sprintf '%s, Linux %s, %s', @models ? @models . " × $models[0]" : 'unknown', $kernel,
        POSIX::strftime('%Y-%m-%d', localtime);
}

1;
