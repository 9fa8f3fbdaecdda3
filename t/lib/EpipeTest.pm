# SPDX-License-Identifier: MIT
#
# What the black-box tests share: where the build is, what there is here, and the two claims
# that most of them make of a command.  What Run.pm has comes with it.

package EpipeTest;

use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use POSIX ();
use Run;
use Test::More ();

our @EXPORT = qw($BUILD $SOURCE wrapped epipe shim by_path probe run until_true shell have scratch read_file write_file
    died_by_sigpipe outcome dies_then_lives keeps_dying sanitized can_enter architecture no_new_privs default_sigpipe can_execute);

our $SOURCE = $ENV{TEST_SOURCE} // abs_path(dirname(__FILE__) . '/../..');
our $BUILD  = $ENV{TEST_BUILD}  // $SOURCE;

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

# The kernel's word for it: x86_64, aarch64, ...  A 64-bit kernel says its own to a 32-bit program.
sub architecture {
    return 'i686' if -x "$BUILD/epipe" && unpack('x18 v', read_file("$BUILD/epipe")) == 3;
    return (POSIX::uname())[4];
}

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
