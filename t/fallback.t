#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# --fallback: what becomes of a program that the shim cannot be loaded into.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $dir = scratch();
my @cc = split ' ', $ENV{TEST_CC} // 'cc';

# Writes to a pipe without a reader, prints what came of it and its signal mask.
my $source = "$dir/writer.c";
open(my $fh, '>', $source) or die "$source: $!";
print {$fh} <<'END';
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    int ends[2];
    sigset_t blocked;

    pipe(ends);
    close(ends[0]);
    printf("%d ", (int)write(ends[1], "x", 1));
    printf("%s", strerror(errno));
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    printf(", %s", sigismember(&blocked, SIGPIPE) ? "blocked" : "not blocked");
    printf(", %s", getenv("LD_PRELOAD") && strstr(getenv("LD_PRELOAD"), "libepipe") ? "shim" : "no shim");
    printf(", %d arguments\n", argc - 1);
    return argv[0] == NULL;
}
END
close $fh;

sub build {
    my ($name, @flags) = @_;
    run([ @cc, '-w', '-o', "$dir/$name", $source, @flags ]);
    return -x "$dir/$name" ? "$dir/$name" : undef;
}

my $dynamic = build('dynamic') or BAIL_OUT("no program can be built with @cc");
ok(died_by_sigpipe(run([$dynamic])), 'control: the dynamic program dies');
my $shimmed = run([ epipe('--fallback=ignore'), $dynamic ]);
is($shimmed->{out}, "-1 Broken pipe, not blocked, shim, 0 arguments\n", 'a program that takes the shim has it');
is($shimmed->{err}, '', 'and nothing is said');
ok(died_by_sigpipe(run([ epipe('--fallback=ignore', '--only=nothing'), $dynamic ])),
    'its SIGPIPE is not ignored');

SKIP: {
    my $static = build('static', '-static') or skip 'no static program can be built', 14;
    ok(died_by_sigpipe(run([$static])), 'control: the static program dies');
    # One that is traced already cannot be entered.
    my @traced = can_enter() ? (probe('kill-at'), 1000000) : ();
    my $why = can_enter() ? 'and cannot be traced, to be entered at its exec: Operation not permitted' : 'so the shim cannot be loaded into it';
    is(run([ epipe('--fallback=ignore'), $static ])->{out}, "-1 Broken pipe, not blocked, shim, 0 arguments\n",
        'and is entered where it can be') if can_enter();
    for my $option ([], ['--fallback=refuse'], [ '-f', 'ignore', '-f', 'refuse' ]) {
        my $refused = run([ @traced, epipe(@$option), $static ]);
        is($refused->{exit}, 125, "@$option: refused");
        like($refused->{err}, qr/\Aepipe: \Q$static\E is statically linked.*--fallback=ignore.*\n\z/,
            'in one line that names the other way');
        is($refused->{out}, '', 'and not run');
    }
    for my $prefix ([], [ 'perl', '-MPOSIX', '-e', 'sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGPIPE)); exec @ARGV' ]) {
        my $ignored = run([ @$prefix, @traced, epipe('--fallback=ignore', '--'), $static, 'a', 'b c' ]);
        is($ignored->{exit}, 0, '--fallback=ignore: it lives') or diag(outcome($ignored));
        is($ignored->{out}, "-1 Broken pipe, not blocked, no shim, 2 arguments\n",
            'with SIGPIPE ignored, whatever was blocked, and no shim for its children');
        is($ignored->{err}, "epipe: $static is statically linked, $why; "
            . "SIGPIPE is ignored instead\n", 'and one line says so');
    }
    # That its children inherit it is said in the manual.
    SKIP: {
        my $busybox = have('busybox') or skip 'busybox is not installed', 1;
        skip 'busybox is not static here', 1 if run([ epipe('--check'), $busybox ])->{out} !~ /^kind: static/m;
        my $child = run([ @traced, epipe('--fallback=ignore'), $busybox, 'sh', '-c', "$dynamic; true" ]);
        like($child->{out}, qr/^-1 Broken pipe/, 'its children inherit that') or diag(outcome($child));
    }
}
SKIP: {
    skip 'only root can make a program setuid for another user', 1 if $> != 0;
    my $setuid = build('setuid');
    chown 65534, 65534, $setuid;
    chmod 04755, $setuid;
    skip "a sanitizer's library is dropped as well", 1 if sanitized();
    like(run([ epipe('--fallback=ignore'), $setuid ])->{out}, qr/^-1 Broken pipe/, 'a setuid program lives');
}

# Nothing to fall back to.
is(run([ epipe('--fallback=ignore'), 'no-such-program' ])->{exit}, 127, 'a program that is not found: 127');
my $script = write_file("$dir/script", "#!$dir/nowhere\n", 0755);
is(outcome(run([ epipe('--fallback=ignore'), $script ])),
    "exit 127, err: epipe: $script: its interpreter $dir/nowhere: No such file or directory\\n", 'nor is what executes a script: 127');
open($fh, '>', "$dir/damaged") or die $!;
open(my $from, '<:raw', $dynamic) or die $!;
read $from, my $head, 60;
print {$fh} $head;
close $fh;
chmod 0755, "$dir/damaged";
my $damaged = run([ epipe('--fallback=ignore'), "$dir/damaged" ]);
is($damaged->{exit}, 126, 'a damaged ELF file: 126');
like($damaged->{err}, qr/\Aepipe: .*is a damaged ELF file.*\n\z/, 'in one line');

done_testing;
