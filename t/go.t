#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# In a program of Go's the shim leaves SIGPIPE alone: Go's runtime has a rule of its own,
# and takes the handler that it finds for that of a host.  --handlers=override goes before the
# one that it sets.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use IPC::Open2;
use Test::More;

# By the note that Go's linker makes, here in a C program.
my ($plain, $note) = map { probe($_) } qw(bare-thread go-note);
is(run([ epipe(), $plain, 'none', 'handler' ])->{out}, "kernel 1, sigaction 0\n", 'control: a handler, and SIG_DFL to see');
is(run([ epipe(), $note, 'none', 'handler' ])->{out}, "kernel 0, sigaction 0\n", 'with the note there is no handler');
is(run([ epipe('--handlers=override'), $note, 'none', 'handler' ])->{out}, "kernel 0, sigaction 0\n", 'whatever the settings');
SKIP: {
    my $without = run([ $plain, 'zeros', 'write' ]);
    skip $without->{err}, 3 if $without->{exit} == 90;
    is(run([ epipe(), $plain, 'zeros', 'write' ])->{out}, "result -32\n", 'a thread by a raw clone (control)');
    keeps_dying('the same with the note', [ $note, 'zeros', 'write' ]);
}

my $dir = scratch();
my $source = write_file("$dir/main.go", <<'END');
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Println(os.Getpid())
		io.ReadAll(os.Stdin)
		fmt.Println("alive")
		return
	}
	for {
		fmt.Println("y")
	}
}
END
my $cgo = write_file("$dir/cgo.go", read_file($source) =~ s{^import}{// #include <unistd.h>\nimport "C"\n\nimport}mr
        =~ s/^func main.*\n\K/\tC.getppid()\n/mr);
# Its cache is the user's, if there is one: the first build takes half a minute.
my %go = (GO111MODULE => 'off', GOFLAGS => undef, -w ($ENV{HOME} // '') ? () : (GOCACHE => "$dir/cache"));

# The status, as a shell has it, of a loop before a reader that leaves.
sub of_loop { return shell(join(' ', @_) . ' | head -n 1; exit ${PIPESTATUS[0]}')->{exit} }

# What an idle one says that gets a SIGPIPE from outside.
sub of_idle {
    my $pid = open2(my $out, my $in, @_, 'idle');
    my $target = <$out> // 0;
    chomp $target;
    kill 'PIPE', $target if $target > 0;
    close $in;
    my $said = join '', <$out>;
    waitpid $pid, 0;
    return "$said$?";
}

SKIP: {
    skip 'go is not installed', 1 if !have('go');
    skip 'a sanitizer must come first in LD_PRELOAD', 1 if sanitized();
    for my $case ([ 'PIE', $source, '-buildmode=pie' ], [ 'cgo', $cgo ]) {
        my ($name, $file, @flags) = @$case;
        my $built = run([ 'go', 'build', @flags, '-o', "$dir/program", $file ], env => { %go, CGO_ENABLED => $name eq 'cgo' },
            cwd => $dir, limit => 600);
    SKIP: {
            skip "$name: go cannot build: $built->{err}", 1 if $built->{exit} != 0;
            my @program = "$dir/program";
            is(of_loop(@program), 141, "$name: head ends a loop (control)");
            is(of_loop(epipe(), @program), 141, "$name: under epipe, too");
            is(of_idle(@program), "alive\n0", "$name: a SIGPIPE from outside does nothing (control)");
            is(of_idle(epipe(), @program), "alive\n0", "$name: under epipe, too");
            is(of_loop(epipe('--handlers=override'), @program), 141, "$name: --handlers=override: head ends a loop");
            is(of_idle(epipe('--handlers=override'), @program), "alive\n0", "$name: ... and a signal from outside does nothing");
        }
    }
}

# C code in threads that Go has not made: Go's handler raises the signal again there.
my $code = <<'END';
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void *writer(void *unused)
{
	int ends[2];

	(void)unused;
	if (pipe(ends) != 0 || close(ends[0]) != 0 || write(ends[1], "x", 1) != -1)
		return NULL;
	printf("%s\n", strerror(errno));
	fflush(stdout);
	return NULL;
}
END
my $threads = write_file("$dir/threads.go", <<"END");
package main

/*
$code
static void in_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, writer, NULL) == 0)
		pthread_join(thread, NULL);
}
*/
import "C"

func main() {
	C.in_thread()
}
END
my $library = write_file("$dir/library.go", <<'END');
package main

import "C"

//export Started
func Started() C.int { return 1 }

func main() {}
END
my $host = write_file("$dir/host.c", qq{#include "library.h"\n$code\nint main(void)\n{\n\treturn Started() == 1 && writer(NULL) == NULL ? 0 : 1;\n}\n});
my @cc = split ' ', $ENV{TEST_CC} // 'cc';
for my $case ([ 'a thread of C code', [ 'go', 'build', '-o', "$dir/threads", $threads ] ],
    [ 'a C program with a c-archive', [ 'go', 'build', '-buildmode=c-archive', '-o', "$dir/library.a", $library ],
        [ @cc, '-o', "$dir/threads", $host, "$dir/library.a", '-pthread' ] ],
    [ 'a C program with a c-shared library', [ 'go', 'build', '-buildmode=c-shared', '-o', "$dir/library.so", $library ],
        [ @cc, '-o', "$dir/threads", $host, "$dir/library.so", "-Wl,-rpath,$dir" ] ])
{
    my ($name, @steps) = @$case;
SKIP: {
        skip "$name: go is not installed", 1 if !have('go');
        skip "$name: a sanitizer must come first in LD_PRELOAD", 1 if sanitized();
        skip "$name: not on this architecture", 1 if architecture() !~ /^(?:x86_64|aarch64)$/;
        for my $step (@steps) {
            my $built = run($step, env => { %go, CGO_ENABLED => 1 }, cwd => $dir, limit => 600);
            skip "$name: cannot be built: $built->{err}", 1 if $built->{exit} != 0;
        }
        keeps_dying("$name: Go's handler", ["$dir/threads"]);
        is(run([ epipe('--handlers=override'), "$dir/threads" ])->{out}, "Broken pipe\n", "$name: under --handlers=override");
    }
}

done_testing;
