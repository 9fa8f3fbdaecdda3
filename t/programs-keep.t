#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Programs that must keep dying by SIGPIPE under epipe, because it is their
# standard output that lost its reader: `program | head` would run for ever, or
# end with an error message. Everything here runs both without and with epipe,
# and must end the same way: by signal 13, which a shell shows as 141.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use Test::More;
use EpipeTest;
use Peer;

my $directory = scratch();
my $text = "$directory/text";
open(my $file, '>', $text) or die "$text: $!";
print {$file} "a line of the text\n" x 50_000;
close $file or die "$text: $!";
system('gzip', '-k', $text);

# Runs CODE with the command as it is and under epipe: both must die.
sub dies_both_ways {
    my ($name, $command, $code) = @_;
    SKIP: {
        my $why = missing($command->[0]);
        skip $why, 2 if $why;
        for my $prefix ([], [ epipe() ]) {
            my $result = $code->([ @$prefix, @$command ]);
            ok(died_by_sigpipe($result),
                "$name: dies by SIGPIPE " . (@$prefix ? 'under epipe' : '(control)'))
                or diag(outcome($result));
        }
    }
    return;
}

# A program that writes and writes, to a reader that takes a byte and leaves.
sub cut_off {
    my ($kind, $command, $inetd) = @_;
    my ($ours, $theirs) = pair($kind);
    my $program = start($command, stdout => $theirs, $inetd ? (stdin => $theirs) : ());
    close $theirs;
    IO::Select->new($ours)->can_read($Run::LIMIT) && sysread($ours, my $byte, 1);
    go_away($ours);
    return $program->finish;
}

# A service that answers each line of its client, which no longer listens. (To
# a writer that is blocked, a unix stream may say ECONNRESET: this one is not.)
sub turn_deaf {
    my ($kind, $command) = @_;
    my ($ours, $theirs) = pair($kind);
    my $service = start($command, stdout => $theirs, stdin => $theirs);
    close $theirs;
    syswrite($ours, "one\n");
    IO::Select->new($ours)->can_read($Run::LIMIT) && sysread($ours, my $answer, 100);
    local $SIG{PIPE} = 'IGNORE';
    shutdown($ours, 0);
    syswrite($ours, "two\n");
    close $ours;
    return $service->finish;
}

# Program | reader that takes one byte and leaves.
my @programs = (
    # write(2) of the program itself
    [ 'yes', 'y' ], [ 'seq', 'inf' ], [ 'cat', '/dev/zero' ], [ 'toybox', 'yes' ],
    [ 'dd', 'if=/dev/zero', 'status=none' ], [ 'tar', '-cP', '/usr/share' ],
    [ 'find', '/' ], [ 'ls', '-R', '/usr' ], [ 'grep', '', '-r', $text ],
    [ 'gzip', '-dc', "$text.gz" ], [ 'sort', $text ],
    # stdio, which no interposer sees
    [ 'od', '-v', '/dev/zero' ], [ 'hexdump', '-v', '/dev/zero' ], [ 'xxd', '/dev/zero' ],
    [ 'sed', 'p', $text ], [ 'vmstat', '1' ],
    # interpreters: a library that swallowed the signal would let them run on
    [ 'perl', '-e', '$| = 1; print "y\n" while 1' ],
    [ 'lua',  '-e', 'while true do print("y") end' ],
    [ 'python3', '-c', <<'END' ],
import signal
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
while True: print("y", flush=True)
END
    [ 'ruby', '-e', 'trap("PIPE", "SYSTEM_DEFAULT"); $stdout.sync = true; loop { puts "y" }' ],
    [ 'mawk', 'BEGIN { while (1) print "y" }' ],
    [ 'guile', '--no-auto-compile', '-c', '(let loop () (display "y") (loop))' ],
    [ 'bash', '-c', 'while :; do echo y; done' ],
    [ 'dash', '-c', 'while :; do echo y; done' ],
    [ 'mksh', '-c', 'while :; do print y; done' ],
    [ 'zsh', '-fc', 'while :; do print y; done' ],
    [ 'ksh93', '-c', 'while :; do print y; done' ],
    # these get EPIPE, or see the pipe broken by poll, and raise SIGPIPE themselves
    [ 'gawk', 'BEGIN { while (1) print "y" }' ],
    [ 'git', 'diff', '--no-index', '/dev/null', $text ],
    [ 'ruby', '-e', '$stdout.sync = true; loop { puts "y" }' ],
    [ 'tail', '-f', $text ],
    [ 'tail', '-n', '+1', '-f', $text ],
);
for my $command (@programs) {
    (my $name = "@$command") =~ s/\Q$directory\E\/|\n.*//gs;
    dies_both_ways($name, $command, sub { cut_off('pipe', @_) });
}

# The same under another name or number. Each ends as it does without, most by signal 13.
my @renamed = (
    [ 'perl', '-e', 'open(my $o, ">&", \*STDOUT); print $o "y\n" while 1' ],
    [ 'perl', '-e', 'open(my $o, ">&=", 1); print $o "y\n" while 1' ],
    (map { [ 'perl', '-e', "open(my \$o, '>', '$_'); print \$o qq(y\n) while 1" ] }
            qw(/dev/stdout /dev/fd/1 /proc/self/fd/1)),
    [ 'perl', '-MTest::More', '-e', 'pass($_) for 1 .. 30000; done_testing' ],
    [ 'perl', '-e', 'open(my $o, ">&", \*STDOUT); close STDOUT; print $o "y\n" while 1' ],
    [ 'sqlite3', ':memory:', '.output /dev/stdout', 'with recursive c(x) as (select 1 union all select x + 1 from c limit 500000) select x from c' ],
    [ 'sqlite3', ':memory:', '.once /dev/stdout', 'with recursive c(x) as (select 1 union all select x + 1 from c limit 500000) select x from c' ],
    (map { [ 'python3', '-c', "import os, signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL)\nfd = $_\nwhile True: os.write(fd, b'y')" ] }
            'os.dup(1)', 'os.open("/dev/stdout", os.O_WRONLY)', 'os.open("/proc/self/fd/1", os.O_WRONLY)'),
    (map { [ 'lua', '-e', "local o = io.open('$_', 'w') while true do o:write('y\\n') end" ] } qw(/dev/stdout /dev/fd/1)),
    [ 'gawk', 'BEGIN { while (1) print "y" > "/dev/fd/1" }' ],
    [ 'mawk', 'BEGIN { while (1) print "y" > "/proc/self/fd/1" }' ],
    (map { [ $_, '-c', 'exec 5>&1 >/dev/null; while :; do echo y >&5; done' ] } qw(bash dash mksh ksh93 zsh)),
    (map { [ $_, '-c', 'exec 5>&1 >/dev/null; while :; do print -u5 y; done' ] } qw(mksh ksh93 zsh)),
    (map { [ $_, '-c', 'while :; do echo y >/dev/stdout; done' ] } qw(bash dash mksh ksh93 zsh)),
    [ 'bash', '-c', 'exec 5>&1 >/dev/null; cat /dev/zero >&5' ],
    [ 'bash', '-c', 'exec tee /dev/stderr </dev/zero 2>&1 >/dev/null' ],
    [ 'bash', '-c', 'exec tee /dev/fd/1 </dev/zero' ],
    [ 'dd', 'if=/dev/zero', 'of=/dev/stdout', 'status=none' ],
    [ 'cp', '/dev/zero', '/dev/stdout' ],
    [ 'tar', '-cPf', '/dev/stdout', '/usr/share' ],
    [ 'bash', '-c', "exec cpio -o -O /dev/stdout --quiet <<<'$text'" ],
    [ 'zstd', '-q', '-f', '--no-compress-literals', '-0', '/dev/zero', '-o', '/dev/stdout' ],
    [ 'xxd', '/dev/zero', '/dev/stdout' ],
    [ 'sort', '-o', '/dev/stdout', $text ],
    [ 'shuf', '-o', '/dev/stdout', $text ],
    [ 'sed', '-n', 'w /dev/fd/1', $text ],
    [ 'split', '-b', '1000000', '--filter=cat >/dev/stdout', $text ],
    [ 'uniq', '-D', $text, '/dev/stdout' ],
    [ 'find', '/usr', '-fprint', '/dev/stdout' ],
    [ 'iconv', '-o', '/dev/stdout', $text ],
    [ 'openssl', 'enc', '-base64', '-in', $text, '-out', '/dev/stdout' ],
    [ 'curl', '-s', '-o', '/dev/stdout', "file://$text" ],
    [ 'git', 'diff', '--no-index', '--output=/dev/stdout', '/dev/null', $text ],
    [ 'cpp', '-P', $text, '/dev/stdout' ],
    [ 'diff', '-u', '/dev/null', $text ],
);
for my $command (@renamed) {
    (my $name = "@$command") =~ s/\Q$directory\E\/|\n.*//gs;
    SKIP: {
        my $why = missing($command->[0]);
        skip $why, 1 if $why;
        my ($without, $with) = map { my $end = cut_off('pipe', [ @$_, @$command ]);
            $end->{hung} ? 'hung' : "$end->{signal} $end->{exit}" } [], [ epipe() ];
        ok($with eq $without && $with ne 'hung', "$name: as without") or diag("without: $without, with: $with");
    }
}
# The control: by the number alone it would have gone on.
my $by_number = cut_off('pipe', [ epipe('--keep=1,2'), 'perl', '-e',
        'open(my $o, ">&", \*STDOUT); print $o "y\n" x 1000 for 1 .. 1000; exit 3' ]);
is($by_number->{exit}, 3, 'perl, a duplicate, --keep=1,2: goes on (control)');

# An inetd-style service: its fd 0 and 1 are the socket that it was started
# with.
my @streams = (
    [ 'cat', '/dev/zero' ],
    [ 'yes' ],
    [ 'perl', '-e', '$| = 1; print "y\n" while 1' ],
    [ 'bash', '-c', 'while :; do echo y; done' ],
);
dies_both_ways("TCP service: @$_", $_, sub { cut_off('tcp', $_[0], 'inetd') }) for @streams;

my @answers = (
    [ 'cat' ],
    [ 'sed', '-u', 's/^/you say: /' ],
    [ 'perl', '-pe', '$| = 1; s/^/you say: /' ],
    [ 'dash', '-c', 'while read -r line; do echo "you say: $line"; done' ],
);
for my $kind (qw(unix socketpair)) {
    dies_both_ways("$kind service: @$_", $_, sub { turn_deaf($kind, $_[0]) }) for @answers;
}

# Pipelines within a protected program, as their shell sees them. Where the
# loop is a forked subshell, its standard output is younger than the shell.
my %tells = (
    bash => 'echo "${PIPESTATUS[0]}" >&3',
    zsh  => 'echo "${pipestatus[1]}" >&3',
);
my $loop = 'while :; do echo y; done';
my @pipelines = (
    [ 'bash', "yes | head -n 1; $tells{bash}" ],
    [ 'bash', "seq inf | head -n 1; $tells{bash}" ],
    [ 'bash', "$loop | head -n 1; $tells{bash}" ],
    [ 'bash', "{ $loop; } | head -n 1; $tells{bash}" ],
    [ 'bash', "f() { $loop; }; f 2>&1 | head -n 1; $tells{bash}" ],
    [ 'bash', "busybox yes | head -n 1; $tells{bash}" ],
    [ 'bash', "{ while :; do echo y >&2; done; } 2>&1 | head -n 1; $tells{bash}" ],
    [ 'zsh',  "{ $loop; } | head -n 1; $tells{zsh}" ],
    # No array of statuses here: a second subshell is the one to die
    [ 'dash', "{ ($loop); echo \$? >&3; } | head -n 1" ],
    [ 'mksh', "{ ($loop); echo \$? >&3; } | head -n 1" ],
);
my $system = join ' ', 'bash', '-c', "'exec 3>&1 >&2; yes | head -n 1; $tells{bash}'";
my @commands = (
    (map { [ $_->[0], '-c', "exec 3>&1 >&2; $_->[1]" ] } @pipelines),
    [ 'perl', '-e', 'exit system shift', $system ],
    # (os.system would hand on the SIG_IGN that Python has set for itself)
    [ 'python3', '-c', 'import subprocess, sys; subprocess.call(sys.argv[1], shell=True)',
        $system ],
    [ 'lua', '-e', 'os.execute(arg[1])', '/dev/null', $system ],
    [ 'mawk', 'BEGIN { system(ARGV[1]) }', $system ],
);
for my $command (@commands) {
    SKIP: {
        my $why = missing($command->[0]);
        skip $why, 2 if $why;
        skip 'busybox is not installed', 2 if "@$command" =~ /busybox/ && !have('busybox');
        for my $prefix ([], [ epipe() ]) {
            my $result = run([ @$prefix, @$command ]);
            ok(!$result->{hung} && $result->{out} eq "141\n",
                "@$command: 141 " . (@$prefix ? 'under epipe' : '(control)'))
                or diag(outcome($result));
        }
    }
}

# ksh93 makes its pipelines of socketpairs, and shows death by signal 13 as 269.
SKIP: {
    skip 'ksh93 is not installed', 2 if !have('ksh93');
    my $line = "exec 3>&1 >&2; set -o pipefail; "
        . "{ readlink /proc/self/fd/1 >&3; $loop; } | head -n 1; echo \$? >&3";
    my $without = run([ 'ksh93', '-c', $line ]);
    skip 'this ksh93 makes its pipelines of pipes', 2 if $without->{out} =~ /^pipe:/;
    for my $result ($without, run([ epipe(), 'ksh93', '-c', $line ])) {
        ok(!$result->{hung} && $result->{out} =~ /^socket:.*\n269\n\z/,
            'ksh93: a forked loop on a socketpair: 269 '
                . ($result == $without ? '(control)' : 'under epipe'))
            or diag(outcome($result));
    }
}

done_testing;
