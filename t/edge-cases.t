#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# What hardly anybody meets: odd names of programs, which get the answer that env gives,
# more dead descriptors than --give-up has room for.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Socket;
use Test::More;

my $dir = scratch();
my $repeat = probe('many-writes');

sub file {
    my ($path, $mode) = @_;
    return write_file($path, "#!/bin/sh\necho ran\n", $mode);
}

# The same exit status as env's, and epipe's message says why.
sub as_env {
    my ($name, $program, $why, %env) = @_;
    my ($control, $result) = map { run([ @$_, $program ], env => \%env) } ['/usr/bin/env'], [ epipe() ];
    is($result->{exit}, $control->{exit}, "$name: the exit status is env's, $control->{exit}") or diag(outcome($result));
    like($result->{err}, $why, "$name: in words") if defined $why;
    return;
}

as_env('no name', '', qr/^epipe: .*No such file/);
as_env('a name that is too long', '/' . 'x/' x 3000, qr/^epipe: .*File name too long/);
as_env('a directory', $dir, qr/^epipe: .*Permission denied/);
file("$dir/plain", 0644);
mkdir "$dir/$_" for qw(first second);
file("$dir/first/named", 0644);
as_env('a name that is no program in PATH', 'named', qr/^epipe: .*Permission denied/, PATH => "$dir/first");
file("$dir/second/named", 0755);
is(run([ epipe(), 'named' ], env => { PATH => "$dir/first:$dir/second" })->{out}, "ran\n",
    'the first that can be executed, wherever it stands in PATH');
is(run([ epipe(), 'true' ], env => { PATH => undef })->{exit}, 0, 'no PATH: where execvp looks then');

# The line that --give-up writes has a stack where --trace asks for it.
for my $trace ([], ['--trace']) {
    my $result = run([ epipe('--give-up=2', '--log=stderr', @$trace), $repeat, 'many', 3 ]);
    ok(died_by_sigpipe($result), "--give-up=2 @$trace: the third kills");
    is(scalar(() = $result->{err} =~ /^    many-writes: /mg) > 0, @$trace > 0, "--give-up=2 @$trace: stacks");
    my ($last) = $result->{err} =~ /(^[^ ].*\n(?:    .*\n)*)\z/m;
    is($last =~ /\n    many-writes: /, @$trace > 0, "--give-up=2 @$trace: of the last as well") or diag(outcome($result));
}

# More sockets than --give-up has room for: none is killed early, and one alone is killed
# when it is due (the control).
my $crowd = <<'EOP';
use Socket;
$SIG{PIPE} = 'DEFAULT';
my ($count, $rounds) = @ARGV;
my @sockets;
for my $n (0 .. $count - 1) {
    socketpair(my $one, my $two, AF_UNIX, SOCK_STREAM, 0) or die "socketpair: $!";
    close $two;
    push @sockets, $one;
}
for (1 .. $rounds) { syswrite $_, 'x' for @sockets }
print "alive\n";
EOP
my @limited = ('sh', '-c', 'ulimit -n 4096 && exec "$@"', 'sh');
SKIP: {
    skip 'the limit of open files is too low', 2 if run([ @limited, 'true' ])->{exit} != 0;
    my $one = run([ @limited, epipe('--give-up=3'), $^X, '-e', $crowd, 1, 4 ]);
    ok(died_by_sigpipe($one), 'control: one descriptor: the fourth kills') or diag(outcome($one));
    my $many = run([ @limited, epipe('--give-up=3'), $^X, '-e', $crowd, 300, 3 ]);
    is($many->{out}, "alive\n", 'three hundred sockets: none is killed before it is due') or diag(outcome($many));
}

done_testing;
