#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --self-test: three lines that say whether epipe works in this environment, or what
# does not: under shims that do less, filters on system calls, preload objects of others,
# and callers that ignore or block the signal.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

plan skip_all => 'a sanitizer makes calls of its own' if sanitized();

my $dead = 'killed by signal 13 (Broken pipe)';
my $works = "pipe: works\nsocket: works\nstdio: works\n";

# What it says and its exit status, run behind PREFIX.
sub says {
    my ($name, $command, $exit, $out, %how) = @_;
    my $result = run([@$command], %how);
    is($result->{exit}, $exit, "$name: $exit") or diag(outcome($result));
    is($result->{out}, $out, "$name: the lines");
    return $result;
}

# The three lines, where all is not well.
sub lines {
    my ($without, @with) = @_;
    return join '', map {
        my $end = shift @with;
        "$_: " . ($end eq 'works' ? 'works' : ($end eq 'Broken pipe' ? 'works' : 'does not work') . ": with epipe: $end; without: $without") . "\n"
    } qw(pipe socket stdio);
}

my $here = says('here', [ epipe('--self-test') ], 0, $works);
is($here->{err}, '', 'here: nothing on standard error');
says('settings in the environment do not count', [ epipe('-T') ], 0, $works, env => { EPIPE_ONLY => 'libnone*', EPIPE_KEEP => 'x' });
says('a caller that ignores the signal', [ 'env', '--ignore-signal=PIPE', epipe('--self-test') ], 0, $works);
says('a caller that blocks it', [ 'env', '--block-signal=PIPE,ALRM', epipe('--self-test') ], 0, $works);
says('a caller that waits for no child', [ $^X, '-e', '$SIG{CHLD} = "IGNORE"; exec @ARGV', epipe('--self-test') ], 0, $works);
for my $closed ('<&-', '2>&-', '<&- 2>&-') {
    my $result = shell(join(' ', epipe('--self-test')) . " $closed");
    is("$result->{exit} $result->{out}", "0 $works", "a caller with closed descriptors: $closed") or diag(outcome($result));
}
is(shell(join(' ', epipe('--self-test')) . ' >/dev/full')->{exit}, 125, 'output that cannot be written: 125');

# What each child does.
for my $what (qw(pipe socket stdio)) {
    ok(died_by_sigpipe(run([ epipe("--self-test=$what") ])), "$what: breaks without epipe");
    is(run([ epipe(), epipe("--self-test=$what") ])->{exit}, 32, "$what: is EPIPE with it");
}
my $wrong = run([ epipe('--self-test=file') ]);
is("$wrong->{exit} $wrong->{err}", "125 epipe: --self-test: 'file' is not a value of this option; it takes pipe, socket or stdio, or no value\n",
    'another word is refused');

# A copy of the command, with another shim beside it.
my $dir = scratch();
mkdir "$dir/.libs";
run([ 'cp', "$BUILD/epipe", $dir ]);
my @copy = ("$dir/epipe", '--self-test');
my $replace = sub { unlink "$dir/.libs/libepipe-preload.so"; run([ 'cp', $_[0], "$dir/.libs/libepipe-preload.so" ]) };
$replace->(shim());
says('control: a copy of both', \@copy, 0, $works);
$replace->("$BUILD/t/probe/.libs/libbadshim.so");
says('a shim that does nothing', \@copy, 1, lines($dead, ($dead) x 3), env => { BAD_SHIM => 'more' });
says('a shim with flags alone', \@copy, 1, lines($dead, $dead, 'works', $dead), env => { BAD_SHIM => 'other' });
$replace->(write_file("$dir/text", "not ELF\n"));
my $text = says('a shim that is none', \@copy, 1, lines($dead, ($dead) x 3));
like($text->{err}, qr/ld\.so: object .*libepipe-preload/, 'and the loader tells') if read_file('/proc/self/maps') !~ /ld-musl/;
unlink "$dir/.libs/libepipe-preload.so";
SKIP: {
    my $none = run(\@copy);
    skip 'there is an installed shim', 2 if $none->{exit} == 0;
    is($none->{out}, lines($dead, ('exit status 125') x 3), 'no shim');
    like($none->{err}, qr{\A(?:epipe: \S+/libepipe-preload\.so: No such file or directory\n){3}\z}, 'and which');
}

# Preload objects of others: one ignores the signal, one takes the handler away by a call that
# the shim does not see.
my $away = 'syscall(SYS_rt_sigaction, SIGPIPE, (long[4]){0}, 0, _NSIG / 8)';
for my $case ([ 'ignores the signal', '__attribute__((constructor)) static void start(void) { signal(SIGPIPE, SIG_IGN); }', 0,
        lines('Broken pipe', ('Broken pipe') x 3) ],
    [ 'takes the handler away', "int pipe(int *fds) { $away; return syscall(SYS_pipe2, fds, 0); }\n"
            . "int socketpair(int d, int t, int p, int *fds) { $away; return syscall(SYS_socketpair, d, t, p, fds); }",
        1, lines($dead, ($dead) x 3) ])
{
    my ($name, $code, @expected) = @$case;
    my $source = write_file("$dir/other.c", "#include <signal.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n$code\n");
  SKIP: {
        my $built = run([ split(' ', $ENV{TEST_CC} // 'cc'), qw(-w -shared -fPIC -D_GNU_SOURCE -o), "$dir/other.so", $source ]);
        skip "no preload object can be built: $built->{err}", 2 if $built->{exit} != 0;
        says("a preload object $name", [ epipe('--self-test') ], @expected, env => { LD_PRELOAD => "$dir/other.so" });
    }
}

# Filters on system calls, from the start.
SKIP: {
    my $sandbox = probe('sandbox');
    skip 'seccomp filters are not to be had here', 4 if run([ $sandbox, 'nothing', 'exec', 'true' ])->{exit} == 90;
    says('no call is refused (control)', [ $sandbox, 'nothing', 'exec', epipe('--self-test') ], 0, $works);
    says('sigaction is refused', [ $sandbox, 'sigaction', 'exec', epipe('--self-test') ], 1, lines($dead, ($dead) x 3));
}

done_testing;
