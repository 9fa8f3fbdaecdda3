#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --list: which processes a broken connection would kill, and why the others are in no
# danger.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Attach;
use EpipeTest;
use POSIX ();
use Sources;
use Test::More;

my $helps = can_enter() ? 'attach, or restart by epipe' : 'restart by epipe';

# A program whose descriptors and disposition are as the words say.
my $program = <<'END';
use POSIX ();
use Socket;
POSIX::close($_) for 3 .. 1023;    # what was inherited
$| = 1;
$SIG{PIPE} = 'IGNORE' if grep { $_ eq 'ignore' } @ARGV;
$SIG{PIPE} = sub { } if grep { $_ eq 'handle' } @ARGV;
for (@ARGV) {
    push @keep, do { socketpair my $a, my $b, AF_UNIX, SOCK_STREAM, 0; ($a, $b) } if $_ eq 'sockets';
    push @keep, do { pipe my $r, my $w; ($r, $w) } if $_ eq 'pipe';
    push @keep, do { open my $f, '+<', $_ or die "$_: $!"; $f } if m{^/};
}
$0 = $ARGV[-1] if $ARGV[-1] =~ /\e/;
print "ready $$\n";
<STDIN>;
END
my $dir = scratch();
POSIX::mkfifo("$dir/fifo", 0600) or die "fifo: $!";
my ($fifo, $file) = ("$dir/fifo", write_file("$dir/file", ""));
my %target = map { my $words = $_; $words => start([ 'perl', '-e', $program, split / /, $words ]) }
    'sockets pipe', 'pipe', 'nothing', 'sockets ignore', 'sockets handle', "sockets \e[1mname", $fifo, $file;

# The first thread of one has ended, another one is in many groups.
$target{first} = start([ probe('churn'), 'first' ]);
for (1 .. 1000) {
    last if status_of($target{first}{pid}, 'State') =~ /^Z/;
    select undef, undef, undef, 0.01;
}
$target{groups} = start([ 'perl', '-e', '$) = join " ", 0, 1000000 .. 1001999; exec @ARGV', $^X, '-e', $program, 'pipe' ]) if $> == 0;

# SIGPIPE is blocked in both of two threads, or in one of them; each has a FIFO.
for my $how (qw(block block-one)) {
    $target{$how} = start([ 'sh', '-c', 'exec "$0" "$1" 5<>"$2"', probe('idle-process'), $how, $fifo ], ready => 0);
    read_until($target{$how}, qr/ready/);
}

# One that the build's shim is not for, and one that the loader gives no shim.
my $other = length(pack 'l!', 0) == 8 && build_for($dir, 'waits-32', join(' ', cc32()), qw(waits.c waits-calls.c waits-code.c));
$target{other} = start([ 'sh', '-c', 'exec "$0" read 5<>"$1"', $other, $fifo ]) if $other;
if ($> == 0 && !no_new_privs()) {
    run([ 'cp', probe('idle-process'), "$dir/setuid" ]);
    chown 65534, 65534, "$dir/setuid";
    chmod 04755, "$dir/setuid";
    $target{setuid} = start([ 'sh', '-c', 'exec "$0" default 5<>"$1"', "$dir/setuid", $fifo ], ready => 0);
    read_until($target{setuid}, qr/ready/);
}

# The line of process PID, without its number.
sub of_process {
    my ($list, $pid) = @_;
    return $list->{out} =~ /^ *$pid (.*)$/m ? $1 =~ s/ +/ /gr : '';
}

# Of a target, without its user.
sub line_of {
    my ($list, $words) = @_;
    return of_process($list, $target{$words}{pid}) =~ s/^\S+ //r;
}

my $list = run([ epipe('--list') ]);
is($list->{exit}, 0, '--list') or diag(outcome($list));
is($list->{err}, '', 'without a complaint');
like($list->{out}, qr/\A +PID USER +SOCKETS PIPES KIND +NAME +WHAT HELPS\n/, 'its head');
is(line_of($list, 'sockets pipe'), "2 2 dynamic perl $helps", 'two sockets and a pipe');
is(line_of($list, 'pipe'), "0 2 dynamic perl $helps", 'a pipe');
is(line_of($list, $fifo), "0 1 dynamic perl $helps", 'a FIFO that it opened by its path');
is(line_of($list, $_), '', "not listed: $_") for 'nothing', $file, 'sockets ignore', 'sockets handle';
like($list->{out}, qr/^ *$target{'sockets pipe'}{pid} .*^ *$target{pipe}{pid} /ms, 'most connections first');

is(line_of($list, 'block'), '', 'not listed: SIGPIPE is blocked in all threads');
like(line_of($list, 'block-one'), qr/^0 [1-9]\d* dynamic idle-process $helps$/, 'blocked in one of two');

my $no_restart = can_enter() ? 'attach' : 'see epipe --check';
SKIP: {
    skip 'no 32-bit program can be built and run here', 1 if !$target{other};
    like(line_of($list, 'other'), qr/ dynamic-32 waits-32 (?:attach|see epipe --check)$/, 'for another word size, without a shim');
}
SKIP: {
    skip 'only root can make a program setuid for another user', 1 if !$target{setuid};
    like(line_of($list, 'setuid'), qr/^0 [1-9]\d* dynamic setuid $no_restart$/, 'a setuid program');
}

my $all = run([ epipe('--list=all') ]);
is(line_of($all, 'nothing'), '0 0 dynamic perl -: no socket or pipe', 'all: without a connection');
like(line_of($all, 'first'), qr/^0 [1-9]\d* dynamic churn $helps$/, 'its first thread has ended');
SKIP: {
    skip 'only root can be in any groups', 1 if !$target{groups};
    is(line_of($list, 'groups'), "0 2 dynamic perl $helps", 'in 2,000 groups');
}
is(line_of($all, 'sockets ignore'), '2 0 dynamic perl -: ignored', 'all: ignored');
is(line_of($all, 'sockets handle'), '2 0 dynamic perl -: handled', 'all: handled');
like(line_of($all, 'block'), qr/^0 [1-9]\d* dynamic idle-process -: blocked$/, 'all: blocked');
like($all->{out}, qr/^ *$target{pipe}{pid} .*^ *$target{nothing}{pid} /ms, 'the endangered first');
is(scalar(() = $all->{out} =~ /^ *$$ /mg), 1, 'each once');
unlike($all->{out}, qr/[^ -~\n]/, 'no control character of a name');

SKIP: {
    skip 'only root can become another user', 2 if $> != 0 || !have('setpriv');
    chmod 0755, $dir;
    run([ 'cp', "$BUILD/epipe", $dir ]);
    my $theirs = run([ qw(setpriv --reuid 65534 --regid 65534 --clear-groups), "$dir/epipe", '--list=all' ]);
    skip "the build is not readable for others", 2 if $theirs->{exit} != 0;
    is(line_of($theirs, 'pipe'), '', "another user's process");
    like($theirs->{out}, qr/^\d+ could not be read: permission denied$/m, 'is counted');
}
# Root in a container: what /proc lists of another user's may not be read, one by one.
SKIP: {
    my @without = qw(setpriv --bounding-set=-sys_ptrace);
    skip 'only root can have fewer rights than root', 2 if $> != 0 || !have('setpriv') || run([ @without, 'true' ])->{exit} != 0;
    my $theirs = start([ qw(setpriv --reuid 65534 --regid 65534 --clear-groups perl -MSocket -e),
        '$| = 1; socketpair $a, $b, AF_UNIX, SOCK_STREAM, 0; print "ready $$\n"; <STDIN>' ]);
    my $by_root = run([ epipe('--list=all') ])->{out};
    finish($theirs), skip 'this root may not trace', 2 if $by_root !~ /^ *$theirs->{pid} /m;
    like($by_root, qr/^ *$theirs->{pid} \S+ +2 +\d+ /m, 'by root: its sockets (control)');
    my $seen = run([ @without, epipe('--list=all') ])->{out};
    ok($seen !~ /^ *$theirs->{pid} /m && $seen =~ /^\d+ could not be read: permission denied$/m,
        "not by one who may not trace: counted") or diag($seen);
    finish($theirs);
}
is(shell(join(' ', epipe('--list')) . ' >/dev/full')->{exit}, 125, 'output that cannot be written: 125');
finish($_) for values %target;

# Whose they are, of which kind, and the first of a namespace.
sub listed {
    my ($pid) = @_;
    return of_process(run([ epipe('--list=all') ]), $pid);
}
SKIP: {
    my $nobody = getpwuid(65534);
    skip 'only root can become another user', 2 if $> != 0 || !have('setpriv') || !defined $nobody;
    my $theirs = start([ qw(setpriv --reuid 65534 --regid 65534 --clear-groups perl -e), $program, 'pipe' ]);
    like(listed($theirs->{pid}), qr/^\Q$nobody\E 0 2 /, "another user's name");
    finish($theirs);
    my $ours = start([ 'perl', '-e', $program, 'pipe' ]);
    like(listed($ours->{pid}), qr/^\Q${\ scalar getpwuid $>}\E 0 2 /, 'control: and ours');
    finish($ours);
}
my $source = write_file("$dir/stands.c", '#include <stdio.h>
#include <unistd.h>
int main(void) { printf("ready %d\n", getpid()); fflush(stdout); return getchar() != EOF; }');
for my $case ([ static => $ENV{TEST_CC} // 'cc', '-static' ], [ musl => 'musl-gcc' ]) {
    my ($kind, @cc) = @$case;
SKIP: {
        my $built = run([ split(' ', "@cc"), '-o', "$dir/$kind", $source ], limit => 120);
        skip "$kind: cannot be built, or does not run here", 1 if $built->{exit} != 0 || run(["$dir/$kind"])->{exit} != 0;
        my $process = start(["$dir/$kind"]);
        like(listed($process->{pid}), qr/^\S+ \d+ \d+ $kind $kind /, "a program of the kind $kind");
        finish($process);
    }
}
SKIP: {
    skip 'no PID namespace is to be had', 1 if run([ qw(unshare --pid --fork true) ])->{exit} != 0;
    my $outer = start([ qw(unshare --pid --fork perl -e), $program, 'pipe' ], ready => 0);
    read_until($outer, qr/^ready 1$/m);
    my ($first) = split ' ', read_file("/proc/$outer->{child}/task/$outer->{child}/children");
    like(listed($first), qr/ 0 2 dynamic perl -: first process, which it does not kill$/, 'the first process of a namespace');
    finish($outer);
}

done_testing;
