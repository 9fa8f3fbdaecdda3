#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe-howto(7): its commands, run as they stand there for a daemon that makes a broken write,
# which lives; without epipe in front of it, it dies.  t/systemd.t has the drop-in file,
# `make check-system` the file ld.so.preload.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Manual;
use Peer ();
use Test::More;

plan skip_all => 'the shim cannot be where the sanitizer is' if sanitized();

my %section = sections('epipe-howto.7');

# The daemon says how it was called, and what became of its write.
my $dir = scratch();
write_file("$dir/exampled", <<'END' =~ s/PERL/$^X/r, 0755);
#!PERL
$SIG{PIPE} eq 'IGNORE' and print "ignored\n";
pipe R, W; close R;
my $result = syswrite(W, 'x') // $!;
print STDERR "exampled @ARGV: $result, preload ", ($ENV{LD_PRELOAD} // '') =~ /libepipe/ ? 1 : 0, "\n";
END
symlink "$BUILD/epipe", "$dir/epipe";
my %how = (env => { PATH => "$dir:$ENV{PATH}", LD_PRELOAD => undef });

# A command line that the page has: with epipe it lives, and without it dies.
sub lives {
    my ($name, $line, $said, @shell) = @_;
    @shell = qw(bash -c) if !@shell;
    my $without = $line =~ s/\bepipe(?: --\S+)* (?=exampled)//r;
    isnt($without, $line, "$name: epipe stands before the daemon");
    my $result = run([ @shell, $without ], %how);
    unlike($result->{err} . $result->{out}, qr/^exampled/m, "$name: control: dies without epipe") or diag(outcome($result));
    $result = run([ @shell, $line ], %how);
    like($result->{err} . $result->{out}, qr/^$said: Broken pipe, preload [01]$/m, "$name: lives") or diag(outcome($result));
    return $result;
}

my ($shell, $from_now_on, $cron) = displays($section{'SHELL AND CRON'});
lives('a shell', $shell, 'exampled --foreground');
my ($time, $job) = $cron =~ /^((?:\S+ ){5})(.*)/;
lives('cron', $job, 'exampled --once', qw(sh -c));
my $later = run([ 'sh', '-c', "${from_now_on}exampled later" ], %how);
is($later->{err}, "exampled later: Broken pipe, preload 1\n", 'from this shell on');

my ($log) = displays($section{'A SERVICE WHOSE OUTPUT IS A LOG'});
like($log, qr/^epipe --service exampled .* \| logger -t exampled$/, 'a service and its collector');
lives('a service', $log =~ s/logger -t exampled/cat/r, 'exampled --foreground');

my ($runit, $s6, $supervisord) = displays($section{'RUNIT, S6, SUPERVISORD'});
like($runit, qr{\A#!/bin/sh\n}, 'runit: a script');
lives('runit', $runit, 'exampled --foreground', qw(sh -c));
SKIP: {
    my $execline = have('execlineb') or skip 's6: execlineb is not installed', 3;
    lives('s6', $s6, 'exampled --foreground', $execline, '-Pc');
}
lives('s6: its last line', (split /\n/, $s6)[-1], 'exampled --foreground');
my ($command) = $supervisord =~ /^command=(.*)/m;
my @ignoring = qw(env --ignore-signal=PIPE sh -c);
lives('supervisord', $command, 'exampled --foreground', @ignoring);
like(run([ @ignoring, 'exampled' ], %how)->{out}, qr/^ignored$/m, 'supervisord: control: without it the signal is ignored');

# The two files that a container needs, from where make install puts them.
my ($debian) = displays($section{'CONTAINERS'});
SKIP: {
    my ($built, $image) = (scratch(), scratch());
    run([ 'make', '-s', '-C', $BUILD, 'install', "DESTDIR=$built" ], limit => 120, env => { MAKEFLAGS => undef, MFLAGS => undef, MAKELEVEL => undef });
    my %copy = $debian =~ /^COPY --from=build (\S+) (\S+)$/mg;
    skip 'it is configured for another prefix', 3 if grep { !-e "$built$_" } keys %copy;
    is(scalar keys %copy, 2, 'containers: two things are copied');
    run([ 'sh', '-c', 'mkdir -p "$(dirname "$1")" && cp -r "$0" "$1"', "$built$_", "$image$copy{$_}" ]) for keys %copy;
    my $test = run([ "$image/usr/local/bin/epipe", '--self-test' ], %how);
    is($test->{out}, "pipe: works\nsocket: works\nstdio: works\n", 'containers: which suffice') or diag(outcome($test));
    unlink glob "$image/usr/local/lib/libepipe/*.so";
    isnt(run([ "$image/usr/local/bin/epipe", '--self-test' ], %how)->{exit}, 0, 'control: one does not');
}
my ($entry) = $debian =~ /^ENTRYPOINT \[(.*)\]$/m;
lives('containers: the entry point', $entry =~ s/[",]+ ?"?/ /gr =~ s/^ +| +$//gr, 'exampled --foreground');

# What runs already.
my (undef, $attach, $check) = split /^/, (displays($section{'PROCESSES THAT RUN'}))[0];
SKIP: {
    skip 'pidof is not installed', 3 if !have('pidof');
    my $name = "exampled$$";
    run([ 'cp', probe('idle-process'), "$dir/$name" ]);
    my $process = Peer::start([ "$dir/$name", 'default' ]);
    $process->expect(qr/ready/);
    s/exampled/$name/ for $attach, $check;
    like(run([ 'sh', '-c', $check ], %how)->{out}, qr/^\d+ \(\S+\): supported/, 'attach: control: before');
    my $result = run([ 'sh', '-c', $attach ], %how);
    if ($result->{exit} == 0) {
        like(run([ 'sh', '-c', $check ], %how)->{out}, qr/^\d+ \(\S+\): not needed: it is protected by an attach/, 'attach: and after');
    } else {
    SKIP: { skip "no process can be attached to here: $result->{err}", 1 }
    }
    $process->finish;
}

# Each way on a screen, with its heading.
for my $name (sort keys %section) {
    my $page = ".Dd \$Mdocdate\$\n.Dt X 7\n.Os\n.Sh $name\n$section{$name}";
    next if !have('mandoc') || $name =~ /^(?:NAME|SEE ALSO)$/;
    my $lines = () = run([ 'mandoc', '-Tascii' ], stdin => $page)->{out} =~ /\n/g;
    cmp_ok($lines, '<=', 30, "$name: $lines lines");
}

done_testing;
