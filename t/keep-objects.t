#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# What keeps the default action is decided by the object that is written to: what standard
# output and error are or were at start, under every number; a stage of a pipeline in a
# forked child; never the journal.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use IO::Socket::UNIX;
use Peer;
use Test::More;

my $dir = scratch();

# Writes to descriptor 7 when nobody is left at the other end, and says what it saw. What is
# done before is in the second argument.
my $writer = <<'END';
use POSIX ();
my $report = POSIX::dup(2);
eval shift;
POSIX::read(0, my $line, 4);
my $saw = POSIX::write(7, 'two', 3) ? 'nothing' : "$!";
POSIX::write($report, "saw: $saw\n", length "saw: $saw\n");
END

# How it ends with KIND as its standard output: "dies", "lives", or what else.
sub end_of {
    my ($kind, $before, $how, @prefix) = @_;
    my ($ours, $theirs) = pair($kind);
    local %ENV = (%ENV, $how->{env} ? $how->{env}->($theirs) : ());
    delete $ENV{JOURNAL_STREAM} if !$how->{env};
    my $program = start([ @prefix, 'perl', '-e', $writer, $before ], stdout => $theirs);
    close $theirs;
    go_away($ours);
    $program->say('go');
    my $result = $program->finish;
    return died_by_sigpipe($result) ? 'dies' : $result->{err} eq "saw: Broken pipe\n" ? 'lives' : outcome($result);
}

my $dup = 'POSIX::dup2(1, 7)';
my $closed = "$dup; POSIX::close(1)";
my $named = 'open(my $f, ">", "/dev/stdout"); POSIX::dup2(fileno $f, 7); $main::f = $f';
my $own = 'pipe(my $r, my $w); POSIX::dup2(fileno $w, %d); POSIX::dup2(%d, 7); close $r; close $w';
sub journal {
    my ($offset) = @_;
    return { env => sub { my @is = stat $_[0]; return (JOURNAL_STREAM => "$is[0]:" . ($is[1] + $offset)) } };
}
for my $case (
    # what, standard output, how it comes to 7: under which options it dies, and lives
    [ 'a duplicate of a pipe',     'pipe',       $dup,    {}, [ '', '--keep=stdio' ], [ '--keep=none', '--keep=1,2', '--keep=stages' ] ],
    [ 'by /dev/stdout',            'pipe',       $named,  {}, [''], ['--keep=none'] ],
    [ 'a duplicate, 1 closed',     'pipe',       $closed, {}, [''], ['--keep=1,2'] ],
    [ 'a duplicate of a socket',   'socketpair', $dup,    {}, [''], ['--keep=none'] ],
    [ 'the same of a TCP service', 'tcp',        $dup,    {}, [''], ['--keep=1,2'] ],
    [ 'what was put on 1',         'pipe',       sprintf($own, 1, 1), {}, [''], ['--keep=1,2'] ],
    [ 'what was put on 9',         'pipe',       sprintf($own, 9, 9), {}, ['--keep=7'], [ '', '--keep=inherited' ] ],
    [ 'what JOURNAL_STREAM names', 'socketpair', $dup, journal(0), ['--keep=7'], [''] ],
    [ 'what JOURNAL_STREAM does not name', 'socketpair', $dup, journal(1), [''], ['--keep=none'] ],
) {
    my ($name, $kind, $before, $how, $dying, $living) = @$case;
    is(end_of($kind, $before, $how), 'dies', "$name: dies without epipe (control)");
    is(end_of($kind, $before, $how, epipe($_ || ())), 'dies',  "$name: dies, " . ($_ || 'by default'))  for @$dying;
    is(end_of($kind, $before, $how, epipe($_ || ())), 'lives', "$name: lives, " . ($_ || 'by default')) for @$living;
}

# The same by dup3(), which Python calls.
SKIP: {
    skip 'python3 is not installed', 2 if !have('python3');
    keeps_dying('what dup3() has put on 1', [ 'python3', '-c', 'import os, signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL);'
        . ' r, w = os.pipe(); os.dup2(w, 1, inheritable=False); os.dup2(w, 7); os.close(w); os.close(r); os.write(7, b"x")' ]);
}

# A raw call whose first argument is not what it writes to, and has hung up.
for my $call (qw(splice tee)) {
    for my $case ([ '', 141 ], [ join(' ', epipe()), 141 ], [ join(' ', epipe('--keep=none')), 0 ]) {
        my ($prefix, $status) = @$case;
        my $result = shell("echo x | $prefix " . probe('raw-splice') . " $call | exec true; exit \${PIPESTATUS[1]}");
        is($result->{exit}, $status, "a raw $call() to standard output: " . ($prefix =~ s{.*/epipe}{epipe}r || 'control')) or diag(outcome($result));
    }
}

# Standard output is the end of a pipe that is read from, and 7 the other.
{
    my $line = q{exec 8<&0 7>&1 1<&8 2>/dev/null 0</dev/null; exec "$@" 8<&-};
    my $after = 'POSIX::close(1); exit(POSIX::write(7, "x", 1) ? 0 : $!)';
    my $end = sub {
        my $result = run([ 'perl', '-e', 'pipe(my $r, my $w); open(STDIN, "<&", $r); open(STDOUT, ">&", $w); exec @ARGV',
                'bash', '-c', $line, 'bash', @_, 'perl', '-MPOSIX', '-e', $after ]);
        return $result->{signal} || $result->{exit};
    };
    is($end->(), 13, 'a read end on 1 at start: dies without epipe (control)');
    is($end->(epipe()), 32, 'a read end on 1 at start: its writing end is protected');
}

# Forked children.
my $stage = probe('stage');
my @stages = (
    # case, by default, under --keep=stdio
    [ 'plain',            'killed', 'EPIPE' ],
    [ 'own-pipe',         'EPIPE',  'EPIPE' ],
    [ 'own-pipe2',        'EPIPE',  'EPIPE' ],
    [ 'own-popen',        'EPIPE',  'EPIPE' ],
    [ 'own-__pipe',       'EPIPE',  'EPIPE' ],
    [ 'own-_IO_popen',    'EPIPE',  'EPIPE' ],
    [ 'on-1',             'killed', 'killed' ],
    [ 'on-1-__dup2',      'killed', 'killed' ],
    [ 'shared',           'EPIPE',  'EPIPE' ],
    [ 'shared-elsewhere', 'EPIPE',  'EPIPE' ],
    [ 'fifo',             'EPIPE',  'EPIPE' ],
    [ 'socket',           'EPIPE',  'EPIPE' ],
    [ 'unreadable',       'killed', 'EPIPE' ],
);
for my $case (@stages) {
    my ($name, $default, $stdio) = @$case;
    SKIP: {
        skip 'only root can become another user', 3 if $name eq 'unreadable' && $> != 0;
        skip "$name: no such function here", 3 if run([ $stage, $name ])->{out} =~ /no such function/;
        my $says = sub { my $n = $name eq 'fifo' ? scratch() . '/fifo' : 'x'; return run([ @_, $stage, $name, $n ])->{out} };
        is($says->(), "killed\n", "a forked child, $name: is killed without epipe (control)");
        is($says->(epipe()), "$default\n", "a forked child, $name: $default");
        is($says->(epipe('--keep=stdio')), "$stdio\n", "a forked child, $name, --keep=stdio: $stdio");
    }
}
is(run([ epipe(), $stage, 'parent' ])->{out}, "EPIPE\n", 'the parent itself is protected');

# dpkg-deb, whose forked decompressor goes on for 128 kB after the end of data.tar.
SKIP: {
    skip 'dpkg-deb or ar is not installed', 1 if !have('dpkg-deb') || !have('ar');
    my $made = run([ 'sh', '-ec', <<'SH' ], cwd => $dir);
mkdir tree control; echo x >tree/file
printf 'Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n' >control/control
tar -C tree -cf data.tar ./file
head -c 131072 /dev/zero >>data.tar
tar -C control -cf control.tar ./control
gzip data.tar control.tar; echo 2.0 >debian-binary
ar rc x.deb debian-binary control.tar.gz data.tar.gz
SH
    is($made->{exit}, 0, 'an archive') or diag(outcome($made));
    for my $how (qw(-x -c -f)) {
        my @command = ('dpkg-deb', $how, "$dir/x.deb", $how eq '-x' ? "$dir/out" : ());
        my ($without, $with, $old) = map { run([ @$_, @command ])->{exit} } [], [ epipe() ], [ epipe('--keep=stdio') ];
        is($without, 0, "dpkg-deb $how: 0 (control)");
        is($with, 0, "dpkg-deb $how: 0 under epipe");
        isnt($old, 0, "dpkg-deb $how: --keep=stdio breaks it (control)") if $how ne '-f';
    }
}

# Process substitution.
{
    my $tee = 'seq 1000000 | %s tee >(head -n 1 >/dev/null) >/dev/null 2>&1; echo ${PIPESTATUS[1]}';
    my $status = sub { return shell(sprintf $tee, join ' ', map { quotemeta } @_)->{out} };
    is($status->(), "141\n", 'tee >(head -n 1): 141 (control)');
    is($status->(epipe('--keep=inherited')), "141\n", 'tee >(head -n 1), --keep=inherited: 141');
    isnt($status->(epipe()), "141\n", 'tee >(head -n 1): by default it writes on');
}

# A service whose standard output is a collector's pipe.
{
    my $service = 'while :; do echo x; done | head -n 1 >/dev/null; echo ${PIPESTATUS[0]} >&2; read -r go; echo log; echo "$?" >&2';
    my $says = sub {
        my ($ours, $theirs) = pair('pipe');
        my $program = start([ @_, 'bash', '-c', $service ], stdout => $theirs);
        close $theirs;
        go_away($ours);
        $program->say('go');
        my $result = $program->finish;
        return ($result->{err} =~ s/^bash: .*\n//mgr) . ($result->{hung} ? 'hung' : $result->{signal});
    };
    is($says->(), "141\n13", 'a collector goes: the service dies (control)');
    is($says->(epipe()), "141\n13", 'a collector goes: by default it dies, too');
    is($says->(epipe('--keep=stages', '--children=none')), "141\n1\n0", 'a collector goes: --keep=stages --children=none: it lives, its pipelines end');
}

# journald's socket without the variable, in a mount namespace of its own.
SKIP: {
    my $peer = <<'END';
my ($path, @command) = @ARGV;
system("mount -t tmpfs none /run && mkdir -p /run/systemd/journal /run/systemd/journal.name /run/systemd/journal.name/x") == 0 or exit 90;
use IO::Socket::UNIX;
my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 1) or exit 91;
my $out = IO::Socket::UNIX->new(Peer => $path) or exit 92;
close $listener->accept;
open(STDOUT, ">&", $out); exec @command;
END
    my $say = 'print STDERR syswrite(STDOUT, "x") ? "written" : "$!"';
    my $end = sub {
        my ($path, @prefix) = @_;
        my $result = run([ qw(unshare --mount perl -e), $peer, $path, @prefix, 'perl', '-e', $say ], env => { JOURNAL_STREAM => undef });
        return $result->{signal} == 13 ? 'dies' : $result->{err} eq 'Broken pipe' ? 'lives' : outcome($result);
    };
    my $control = $> == 0 && have('unshare') ? $end->('/run/systemd/journal/stdout') : 'needs root and unshare';
    skip "no mount namespace: $control", 1 if $control ne 'dies';
    is($end->("/run/systemd/$_/stdout", epipe()), 'lives', "$_/stdout is the journal's") for qw(journal journal.name);
    is($end->("/run/systemd/$_", epipe()), 'dies', "$_ is not (control)") for qw(journal/stdout2 journal.name/x/stdout stdout);
}

done_testing;
