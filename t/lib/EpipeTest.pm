# SPDX-License-Identifier: MIT
#
# What the black-box tests share: where the build is, how to run a command
# with a bound on its time, and how to say what became of it.

package EpipeTest;

use strict;
use warnings;
use Config;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Select;
use POSIX qw(WNOHANG);
use Test::More ();

our @EXPORT = qw($BUILD $SOURCE wrapped epipe shim by_path probe run until_true shell have scratch read_file write_file
    died_by_sigpipe outcome dies_then_lives keeps_dying sanitized can_enter architecture no_new_privs default_sigpipe can_execute);

our $SOURCE = $ENV{TEST_SOURCE} // abs_path(dirname(__FILE__) . '/../..');
our $BUILD  = $ENV{TEST_BUILD}  // $SOURCE;

# Seconds any single command may take before it counts as hung; a slow machine, such
# as one of `make check-matrix`, gives more, and to commands with a limit of their own too.
our $LIMIT = $ENV{MATRIX_LIMIT} // 30;

my %signal_number;
@signal_number{ split ' ', $Config{sig_name} } = split ' ', $Config{sig_num};

# The distribution's programs, whatever else is installed beside them.
$ENV{PATH} = "/usr/bin:/bin:$ENV{PATH}:/usr/sbin:/sbin";

# A sanitizer's library must come first in the preload order, and the programs
# of others leak.
if (($ENV{TEST_SANITIZED} // '') =~ /address/) {
    my $asan = `@{[ $ENV{TEST_CC} // "cc" ]} -print-file-name=libasan.so`;
    chomp $asan;
    $ENV{LD_PRELOAD}   = join ':', grep { defined && length } $asan, $ENV{LD_PRELOAD};
    $ENV{ASAN_OPTIONS} = 'detect_leaks=0';
    $ENV{UBSAN_OPTIONS} = 'print_stacktrace=1';
}

# A test started by something that ignores or blocks SIGPIPE must not pass
# that on: what the kernel does by default is what is under test.
default_sigpipe();

sub default_sigpipe {
    $SIG{PIPE} = 'DEFAULT';
    my $set = POSIX::SigSet->new(POSIX::SIGPIPE());
    POSIX::sigprocmask(POSIX::SIG_UNBLOCK(), $set);
    return;
}

# The command line prefix that `make check-valgrind` asks for.
sub wrapped { return split ' ', $ENV{TEST_WRAPPER} // '' }

# The command line prefix that runs the rest under the shim.
sub epipe { return ("$BUILD/epipe", @_) }

sub shim { return "$BUILD/.libs/libepipe-preload.so" }

# An LD_PRELOAD with $LIB as the path PATH if that is what it may stand for.
sub by_path {
    my ($preload, $path) = @_;
    my (undef, $after) = split /\$LIB/, $preload, 2;
    return $preload if !defined $after;
    $after =~ s/['\n]*\z//;
    my ($lib) = $path =~ m{/([^/]+(?:/[^/]+-linux-[^/]+)?)\Q$after\E\z} or return $preload;
    return $preload =~ s/\$LIB/$lib/r;
}

sub probe {
    my ($name) = @_;
    my $path = "$BUILD/t/probe/$name";
    -x $path or Test::More::BAIL_OUT("probe program $path is not built");
    return $path;
}

# Was the tree configured --with-sanitizers?
sub sanitized { return ($ENV{TEST_SANITIZED} // '') ne '' }

# Does epipe enter static programs at their exec on this architecture?
sub can_enter { return -e "$BUILD/graft/blob-64.bin" }

# The kernel's word for it: x86_64, aarch64, ...
sub architecture { return (POSIX::uname())[4] }

# Has this process given up what exec could give it, as for a filter on system calls?
sub no_new_privs {
    open(my $fh, '<', '/proc/self/status') or return 0;
    return scalar grep { /^NoNewPrivs:\s*1/ } <$fh>;
}

# Does this kernel execute PROGRAM, which may be for another word size?  By bash, which
# takes no program for a script.
sub can_execute { return (run([ 'bash', '-c', 'exec "$0"', $_[0] ])->{exit} // 0) != 126 }

# The path of an installed program, or undef.
sub have {
    my ($program) = @_;
    for my $dir (split /:/, $ENV{PATH}) {
        return "$dir/$program" if -x "$dir/$program" && !-d _;
    }
    return;
}

sub scratch { return tempdir('epipe-test-XXXXXX', TMPDIR => 1, CLEANUP => 1) }

# Returns PATH.
sub write_file {
    my ($path, $text, $mode) = @_;
    open(my $fh, '>:raw', $path) or die "$path: $!";
    print {$fh} $text;
    close $fh or die "$path: $!";
    chmod $mode, $path if defined $mode;
    return $path;
}

# What PATH has, '' if it is not there, or no more.
sub read_file {
    my ($path) = @_;
    open(my $fh, '<:raw', $path) or return '';
    local $/ = undef;
    return scalar(<$fh>) // '';
}

# run([COMMAND, ARG…], KEY => VALUE…) runs a command to its end and returns
# { out, err, exit, signal, hung }. Keys: stdin (text), env (hash; undef
# removes), limit (seconds), cwd. A hung command is killed with its group.
sub run {
    my ($command, %how) = @_;
    my $limit = $how{limit} // $LIMIT;
    $limit = $LIMIT if $ENV{MATRIX_LIMIT} && $limit < $LIMIT;
    pipe(my $out_r, my $out_w) or die "pipe: $!";
    pipe(my $err_r, my $err_w) or die "pipe: $!";
    my $stdin = File::Temp->new;
    print {$stdin} $how{stdin} // '';
    $stdin->flush;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        setpgrp(0, 0);
        open(STDIN, '<', $stdin->filename) or POSIX::_exit(99);
        open(STDOUT, '>&', $out_w) or POSIX::_exit(99);
        open(STDERR, '>&', $err_w) or POSIX::_exit(99);
        close $_ for $out_r, $out_w, $err_r, $err_w;
        chdir $how{cwd} if defined $how{cwd};
        my $env = $how{env} // {};
        for my $name (keys %$env) {
            if (defined $env->{$name}) { $ENV{$name} = $env->{$name} }
            else                       { delete $ENV{$name} }
        }
        { no warnings; exec { $command->[0] } @$command; }
        POSIX::_exit(127);
    }
    close $_ for $out_w, $err_w;
    my %text = (fileno($out_r) => '', fileno($err_r) => '');
    my ($out_fd, $err_fd) = (fileno $out_r, fileno $err_r);
    my $select = IO::Select->new($out_r, $err_r);
    my $deadline = time + $limit;
    my $hung = 0;
    while ($select->count) {
        my @ready = $select->can_read(1);
        for my $fh (@ready) {
            my $n = sysread($fh, $text{fileno $fh}, 65536, length $text{fileno $fh});
            $select->remove($fh) if !$n;
        }
        # An orphan may keep the pipe open after the command has ended; what the
        # command wrote by then is still read.
        last if !@ready && defined $how{status};
        $how{status} = $? if !@ready && waitpid($pid, WNOHANG) == $pid;
        if (time > $deadline) { $hung = 1; kill KILL => -$pid; last }
    }
    my $status = $how{status};
    if (!defined $status) {
        while (1) {
            my $got = waitpid($pid, WNOHANG);
            if ($got == $pid || $got < 0) { $status = $?; last }
            if (time > $deadline) { $hung = 1; kill KILL => -$pid }
            select(undef, undef, undef, 0.0005);
        }
    }
    return {
        out    => $text{$out_fd},
        err    => $text{$err_fd},
        exit   => $status >> 8,
        signal => $status & 127,
        hung   => $hung,
    };
}

# Polls until CODE returns something true and returns it; undef when the time
# that any command may take is over.
sub until_true {
    my ($condition) = @_;
    my $deadline = time + $LIMIT;
    while (time <= $deadline) {
        my $value = $condition->();
        return $value if $value;
        select(undef, undef, undef, 0.005);
    }
    return;
}

# The same for a shell command line; bash, with pipefail off.
sub shell {
    my ($line, %how) = @_;
    return run([ $how{shell} // 'bash', '-c', $line ], %how);
}

sub died_by_sigpipe {
    my ($result) = @_;
    return !$result->{hung} && $result->{signal} == $signal_number{PIPE};
}

# One line for people: what became of a run.
sub outcome {
    my ($result) = @_;
    my $text = $result->{hung} ? 'hung'
        : $result->{signal}    ? "killed by signal $result->{signal}"
        :                        "exit $result->{exit}";
    for my $stream (qw(out err)) {
        my $head = substr($result->{$stream}, 0, 400);
        $head =~ s/\n/\\n/g;
        $text .= ", $stream: $head" if $head ne '';
    }
    return $text;
}

# The control and the claim in one: without the shim the command dies by
# SIGPIPE, with it the command lives and prints $expect.
sub dies_then_lives {
    my ($name, $command, $expect, %how) = @_;
    my @options = @{ delete $how{options} // [] };
    my $without = run($command, %how);
    Test::More::ok(died_by_sigpipe($without), "$name: control dies by SIGPIPE")
        or Test::More::diag(outcome($without));
    my $with = run([ epipe(@options), @$command ], %how);
    Test::More::ok(!$with->{hung} && $with->{signal} == 0 && $with->{exit} == 0
            && $with->{out} =~ $expect, "$name: lives under epipe")
        or Test::More::diag(outcome($with));
    return;
}

# Both without and with the shim the command dies by SIGPIPE.
sub keeps_dying {
    my ($name, $command, %how) = @_;
    my @options = @{ delete $how{options} // [] };
    for my $prefix ([], [ epipe(@options) ]) {
        my $result = run([ @$prefix, @$command ], %how);
        Test::More::ok(died_by_sigpipe($result),
            "$name: dies by SIGPIPE " . (@$prefix ? 'under epipe' : '(control)'))
            or Test::More::diag(outcome($result));
    }
    return;
}

1;
