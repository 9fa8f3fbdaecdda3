#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# What epipe --check says of an attached process: since when, and what became of its signals.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Attach;
use EpipeTest;
use POSIX qw(strftime);
use Test::More;

can_attach();

# Makes a broken write for each line that it reads, or what the line says.
my $target = start([ 'perl', '-e', <<'END' ]);
$| = 1;
print "ready $$\n";
while (<STDIN>) {
    my $pid = /fork/ ? fork : undef;
    waitpid($pid, 0), print("forked $?\n"), next if $pid;
    kill PIPE => $$ if /kill/;
    pipe my $r, my $w;
    close $r;
    print "wrote ", syswrite($w, 'x') // $!, "\n";
    exit if defined $pid;
}
END
my $pid = $target->{pid};

sub check { return run([ epipe('--check'), $pid ]) }

sub write_broken {
    my ($how) = @_;
    $target->{text} = '';
    print { $target->{in} } "$how\n";
    return read_until($target, $how eq 'fork' ? qr/^forked \d+\n/m : qr/^wrote .*\n/m);
}

my $before = check();
like($before->{out}, qr/\A$pid \(perl\): supported, by an attach or once it is started again\ntry: epipe --attach $pid, or start it by epipe$/m,
    'before: what can be done');
unlike($before->{out}, qr/^(?:was )?attached:/m, 'control: it is not attached');
my @time = (time, undef);
is(outcome(attach($pid)), 'exit 0', 'attach');
$time[1] = time;
write_broken('write') for 1 .. 3;
like($target->{text}, qr/^wrote Broken pipe$/m, 'it lives');
my $after = check();
is($after->{exit}, 1, 'after: status 1');
like($after->{out}, qr/\A$pid \(perl\): not needed: it is protected by an attach, or by a handler of its own$/m, 'the verdict');
like($after->{out}, qr/^SIGPIPE: caught by an attach, or by a handler of its own$/m, 'who catches it');
my %since = map { strftime('%Y-%m-%d %H:%M:%S', localtime $_) => 1 } $time[0] .. $time[1];
my ($since, $counts) = $after->{out} =~ /^attached: since ([^;]*); (.*)$/m;
ok($since{ $since // '' }, 'since when') or diag($since);
is($counts, '3 swallowed, 0 kept, 0 not by a write', 'what became of three broken writes');

# A forked child counts in pages of its own.
write_broken('fork');
like($target->{text}, qr/^wrote Broken pipe\nforked 0$/m, 'a forked child lives');
like(check()->{out}, qr/; 3 swallowed, /, 'and counts by itself');

is(outcome(detach($pid)), 'exit 0', 'detach');
like(check()->{out}, qr/\A$pid \(perl\): supported, .*^was attached: since .*; 3 swallowed, 0 kept, 0 not by a write$/ms, 'what it was');
is(outcome(attach($pid)), 'exit 0', 'attach again');
like(check()->{out}, qr/^attached: .*; 3 swallowed, /m, 'the counters go on');
like(check()->{out}, qr/^standard output: pipe:\[\d+\]; kills when it breaks, unless epipe has --keep=stages$/m, 'its output');
detach($pid);
is(outcome(run([ epipe('--keep=stages', '--attach'), $pid ])), 'exit 0', 'attach by what that says');
like(check()->{out}, qr/^standard output: pipe:\[\d+\]; protected$/m, 'its output is protected then');
print { $target->{in} } "kill\n";
ok(died_by_sigpipe(finish($target)), 'a signal that it sends itself kills');

done_testing;
