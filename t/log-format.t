#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# LOG FORMAT in epipe-preload(7): every line of real logs, of each kind, is what the grammar
# that stands there says, and lines that are not the shim's are not.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Logger;
use Manual;
use Test::More;

my %section = sections('epipe-preload.7');
my ($grammar, @examples) = displays($section{'LOG FORMAT'});
my %rule = map { /^(\w+) += (.*)/s ? ($1 => $2) : () } split /^(?=\w)/m, $grammar;
cmp_ok(scalar keys %rule, '>=', 18, 'the grammar is there');

# A rule of RFC 5234 as a regular expression; which rules occurred is in %seen.
my %seen;

sub regex {
    my ($name) = @_;
    my $text = $rule{$name} // die "no rule $name";
    my $result = '';
    while ($text =~ /\G\s*(?:"([^"]*)"|%x(\w\w)-(\w\w)|(\d?\*?)(DIGIT|HEXDIG)|(\*)?([(])|([][)\/])|(\w+))\s*/gc) {
        $result .= defined $1 ? quotemeta $1 : defined $2 ? "[\\x$2-\\x$3]"
            : defined $5 ? ($5 eq 'DIGIT' ? '[0-9]' : '[0-9a-f]') . ($4 eq '1*' ? '+' : "{$4}")
            : defined $7 ? '(?:' : defined $8 ? { '[' => '(?:', ']' => ')?', ')' => ')', '/' => '|' }->{$8}
            : '(?:' . regex($9) . ')';
    }
    die "$name: what is " . substr $text, pos $text // 0 if (pos $text // 0) < length $text;
    # Of all groups in this grammar, only that of a name is repeated.
    $result = "(?:$result)*" =~ s/\(\?:\(\?:(.*)\)\)\*\z/(?:$1)*/sr if $name eq 'name';
    return $name =~ /^(?:name|number|hex)$/ ? "(?:$result)" : "(?:(?:$result)(?{ \$seen{$name} = 1 }))";
}
my $line;
{ use re 'eval'; my $text = regex('line'); $line = qr/\A$text\z/ }

sub fits {
    my ($name, $text) = @_;
    my @lines = split /\n/, $text;
    my @other = grep { $_ !~ $line } @lines;
    ok(@lines > 0 && !@other, "$name: " . @lines . ' lines') or diag($text eq '' ? 'no line' : @other);
    return;
}

my $write = probe('broken');
my $repeat = probe('many-writes');
my $dir = scratch();
fits("to a $_", run([ epipe('--log=stderr', '--summary'), $write, 'write', $_ ])->{err}) for qw(pipe fifo unix tcp);
fits('by stdio', run([ epipe('--log=stderr'), $write, 'fflush', 'unix' ])->{err});
fits('by splice', run([ epipe('--log=stderr'), $write, 'splice', 'unix' ])->{err});
fits('ten, and how many more', run([ epipe('--log=stderr'), $repeat, 'many', 100 ])->{err});
fits('given up', run([ epipe('--log=stderr', '--give-up=2'), $repeat, 'many', 100 ])->{err});
fits('an unknown caller', run([ epipe('--log=stderr', '--only=libnone*'), $write, 'fflush', 'unix' ])->{err});
fits('a trace', run([ epipe('--trace'), probe('option-only'), 'library', 'write' ])->{err});
fits('a path', run([ epipe('--log=stderr'), probe('connection'), 'path', "$dir/x), called from y+0x1 (\n\\\xff" ])->{err});
fits('an abstract name', run([ epipe('--log=stderr'), probe('connection'), 'abstract', "epipe test $$" ])->{err});
fits('a name of a program', run([ epipe('--log=stderr'), 'perl', '-e', 'exec { $ARGV[0] } "a: thread 1: SIGPIPE\n", qw(write unix)', $write ])->{err});
fits('a name that is cut', run([ epipe('--log=stderr'), 'perl', '-e', 'exec { $ARGV[0] } "\n" x 5000, qw(write unix)', $write ])->{err});
SKIP: {
    my @private = private_dev() or skip 'no mount namespace to be had', 2;
    my $sent = run([ @private, logged(epipe('--log=syslog', '--trace'), $write, 'write', 'unix') ])->{out};
    my @datagrams = $sent =~ /^\[<30>(.*)$/mg;
    cmp_ok(scalar @datagrams, '>=', 1, 'syslog: priority daemon.info');
    fits('syslog', join "\n", @datagrams);
}
my @missing = grep { !$seen{$_} && !/^(?:name|number|hex)$/ } sort keys %rule;
is_deeply(\@missing, [], 'each rule has occurred');

# What no shim writes.
my ($good) = run([ epipe('--log=stderr'), $write, 'write', 'unix' ])->{err} =~ /(.*)/;
like($good, $line, 'control: a line');
unlike($good =~ s/$_->[1]/$_->[2]/r, $line, "control: not $_->[0]")
    for [ 'another outcome', 'swallowed', 'ignored' ], [ 'a blank in a name', 'broken: ', 'bro ken: ' ], [ 'two times', '^', '2026-11-21T10:20:30.123Z ' ],
    [ 'more at the end', '$', ', was (x)' ], [ 'no number', 'thread \d+', 'thread x' ];

# What the page says to rsyslog.
SKIP: {
    skip 'rsyslogd is not installed', 2 if !have('rsyslogd');
    my ($rules) = grep { /^if \$programname/ } @examples;
    my $said = sub { run([ 'rsyslogd', '-N1', '-f', write_file("$dir/rsyslog.conf", $_[0]) ]) };
    is($said->($rules)->{exit}, 0, 'rsyslogd takes its rules') or diag($said->($rules)->{err});
    isnt($said->($rules =~ s/stop/stp/r)->{exit}, 0, 'control: and not others');
}

done_testing;
