#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# What a process stands on changes under the shim: programs that it becomes, libraries
# that come and go, descriptors, identity, root directory, limits. It stays protected, and
# the log loses what it can no longer write, and nothing else.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $dir = scratch();
my $log = "$dir/private/log";
my $world = probe('environment-changes');
my @all = ("--log=$log", '--trace', '--summary', '--give-up=1000000');
mkdir "$dir/private", 0700;

sub lines {
    my ($file) = @_;
    open(my $fh, '<', $file // $log) or return;
    return grep { !/^    / } <$fh>;
}

# Runs HOW in each way; PREFIX gets the rights for it. Returns the log's lines of the run
# with all settings.
sub lives {
    my ($how, $prefix, @arguments) = @_;
    my @libraries = sanitized() ? () : qw(mask install process);
    my $expected = 'exit 0' . ($how eq 'once' ? '' : ", out: $how: ok\\n");
    my $control = run([ @$prefix, $world, $how, @arguments ]);
    ok(died_by_sigpipe($control), "$how: control dies by SIGPIPE") or diag(outcome($control));
    is(outcome(run([ @$prefix, epipe(), $world, $how, @arguments ])), $expected, "$how: lives under epipe");
    for my $guard (@libraries) {
        # A signal that is blocked beyond a scope is not the handler's: epipe_install(3).
        next if $how eq 'owed' && $guard ne 'mask';
        is(outcome(run([ @$prefix, "$world-library", $how, @arguments ], env => { PROBE_GUARD => $guard })), $expected,
            "$how: lives by the library, $guard");
    }
    unlink $log;
    is(outcome(run([ @$prefix, epipe(@all), $world, $how, @arguments ])), $expected, "$how: lives with all settings");
    my @lines = lines();
    for my $guard (@libraries) {
        is(outcome(run([ @$prefix, epipe(@all), "$world-library", $how, @arguments ], env => { PROBE_GUARD => $guard })), $expected,
            "$how: lives by the library, $guard, under epipe");
    }
    return @lines;
}

sub swallowed { return scalar grep { /SIGPIPE swallowed/ } @_ }

cmp_ok(swallowed(lives('once', [])), '>=', 9, 'control: nothing changes, and all is in the log');
cmp_ok(swallowed(lives('exec', [])), '>=', 5 * 9, 'exec: programs that a vfork child becomes are protected, too');
lives('library', []);
like(join('', lives('owed', [])), qr/SIGPIPE swallowed: write on descriptor \d+ \(/, 'owed: the log does without the library');
SKIP: {
    skip 'no dlmopen without glibc, nor with a sanitizer', 1 if sanitized() || run([ 'getconf', 'GNU_LIBC_VERSION' ])->{exit} != 0;
    my @lines = lives('namespace', []);
    is(scalar(grep { /stdio or a raw call on descriptor/ } @lines[ 0 .. 3 ]), 4, 'namespace: its libc is not interposed, and seen');
}
cmp_ok(swallowed(lives('closefrom', [])), '>=', 9, 'closefrom: the log needs no descriptor that could be closed');

# Numbers that were standard error's get nothing of the log.
my $elsewhere = run([ epipe('--log=stderr', '--summary'), $world, 'closefrom' ]);
is($elsewhere->{exit}, 0, 'closefrom: a socket instead of standard error is not written to') or diag(outcome($elsewhere));

is(swallowed(lives('nofile', [])), 0, 'nofile: without a descriptor there is no log');
cmp_ok(swallowed(split /^/m, run([ epipe('--log=stderr'), $world, 'nofile' ])->{err}), '>=', 9, 'nofile: but on standard error');

# A file that may not grow: SIGXFSZ is not the program's, which has written nothing.
lives('fsize', []);
is(-s $log, 0, 'fsize: and nothing is written');
my $limited = run([ 'sh', '-c', 'ulimit -f 0; exec "$@"', 'sh', 'perl', '-e', 'open F, ">", shift; syswrite F, "x"', "$dir/file" ]);
is($limited->{signal}, 25, 'fsize: control: a write of its own kills') or diag(outcome($limited));
my $blocked = 'use POSIX; sigprocmask(SIG_BLOCK, POSIX::SigSet->new(25)); kill 25, $$ if shift; socketpair A, B, 1, 1, 0; close B;'
    . ' syswrite A, "x"; sigpending(my $set = POSIX::SigSet->new); print $set->ismember(25) ? "pending" : "none"';
for my $is_pending (0, 1) {
    is(run([ 'sh', '-c', 'ulimit -f 0; exec "$@"', 'sh', epipe("--log=$log"), 'perl', '-e', $blocked, $is_pending ])->{out},
        $is_pending ? 'pending' : 'none', 'fsize: a SIGXFSZ that was pending stays, and no other one') if !sanitized();
}

# A terminal that stops background jobs that write.
SKIP: {
    skip 'script(1) is not installed', 2 if !have('script');
    skip 'a sanitizer is not for this', 2 if sanitized();
    my $job = 'set -m; stty tostop; "$@" & wait $!; s=$?; kill -KILL %1 2>/dev/null; exit $s';
    write_file("$dir/job", $job);
    my @stopped = ('script', '-qec', "bash $dir/job sh -c 'echo x >&2'", '/dev/null');
    is(run(\@stopped)->{exit}, 128 + 22, 'terminal: control: a job that writes is stopped');
    my $with = run([ 'script', '-qec', join(' ', 'bash', "$dir/job", epipe('--log=stderr'), $world, 'once'), '/dev/null' ]);
    ok($with->{exit} == 0 && $with->{out} =~ /SIGPIPE swallowed/, 'terminal: the log stops nobody') or diag(outcome($with));
}

SKIP: {
    skip 'not root: no other identity to be had', 1 if $> != 0;
    chmod 0711, $dir;
    my @lines = lives('identity', []);
    is(swallowed(@lines), 2, 'identity: what root does is in the log, what nobody does is not') or diag(@lines);
    is(scalar(grep { /summary/ } @lines), 0, 'identity: nor is the summary');
}

# The log's path is the one in the new root.
SKIP: {
    my @rights = $> == 0 ? () : ('unshare', '-r');
    skip 'no right to chroot', 1 if run([ @rights, 'chroot', '/', 'true' ])->{exit} != 0;
    mkdir "$dir/root";
    is(swallowed(lives('chroot', \@rights, "$dir/root")), 0, 'chroot: no line where there is no such path');
    run([ 'mkdir', '-p', "$dir/root$dir/private" ]);
    run([ @rights, epipe(@all), $world, 'chroot', "$dir/root" ]);
    my @lines = lines("$dir/root$log");
    cmp_ok(swallowed(@lines), '>=', 9, 'chroot: in the new root, where there is');
    like($lines[0], qr/on descriptor \d+ \(socket:\[\d+\] unix unnamed\)/, 'chroot: and sockets are described without /proc');
}

done_testing;
