#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --show=systemd, a drop-in file: systemd-analyze finds nothing to say. As root also
# what a real manager makes of it, in namespaces of its own: no service of this system is
# seen or touched.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Manual;
use Test::More;

my $drop_in = run([ epipe('--show=systemd', 'nslcd') ])->{out};
my $shim = shim();
like($drop_in, qr{\A# /etc/systemd/system/nslcd\.service\.d/epipe\.conf,.*^AssertPathExists=\Q$shim\E\n.*^Environment="LD_PRELOAD=\Q$shim\E"\n}ms,
    'it names the shim that is installed, and where it goes');
like($drop_in, qr/\A(?:#.*\n)+# Most services need none of this/, 'it says first that most services need nothing');
is(run([ epipe('--show=systemd', 'nslcd.service') ])->{out}, $drop_in, 'the name of a unit with its suffix');
like(run([ epipe('--show=systemd') ])->{out}, qr{/NAME\.service\.d/}, 'without one');
for my $case ([ [ '--show=systemd', 'a/b' ], "'a/b' is no name of a service" ], [ [ '--show=systemd', '' ], "'' is no name of a service" ],
    [ ['--show=unit'], "--show: 'unit' is not a value of this option; it takes systemd" ])
{
    my $result = run([ epipe(@{ $case->[0] }) ]);
    is("$result->{exit} $result->{out}$result->{err}", "125 epipe: $case->[1]\n", "$case->[1]");
}
my %section = sections('epipe-howto.7');
my ($example) = grep { /^\[Unit\]/ } displays($section{SYSTEMD});
my $assignments = sub { [ map { s{=/\S*/(?=libepipe-preload)}{=}r } $_[0] =~ /^(\w+=.*)/mg ] };
is_deeply($assignments->($example), $assignments->($drop_in), 'the manual shows the same');

if (!have('systemd-analyze')) {
    SKIP: { skip 'systemd-analyze is not installed', 1 }
    done_testing;
    exit;
}

my $dir = scratch();
my $units = "$dir/config/systemd/user";
run([ 'mkdir', '-p', "$dir/run", $units ]);

# A service, with the drop-in if there is one, and what its own drop-in says.
sub service {
    my ($name, $command, @drop_ins) = @_;
    write_file("$units/$name.service", "[Service]\nType=exec\nExecStart=$command\n");
    mkdir "$units/$name.service.d";
    write_file("$units/$name.service.d/$_.conf", $drop_ins[$_]) for 0 .. $#drop_ins;
    return "$units/$name.service";
}

sub verify { return run([ 'systemd-analyze', 'verify', '--man=no', @_ ]) }
my $verified = verify(service('plain', '/bin/true', $drop_in));
is("$verified->{exit} $verified->{out}$verified->{err}", '0 ', 'systemd-analyze verify: nothing to say');
my $broken = verify(service('broken', '/bin/true', $drop_in =~ s/^IgnoreSIGPIPE/IgnoreSIGPIP/mr));
like($broken->{err}, qr/IgnoreSIGPIP/, 'control: it tells of a name that is wrong');
my $no_signal = verify(service('no-signal', '/bin/true', $drop_in =~ s/=SIGPIPE$/=SIGPIPES/mr));
like($no_signal->{err}, qr/SIGPIPES/, 'control: and of a value');
unlink glob "$units/{broken,no-signal}.service";

# A manager of a user's, whose units say when they are done through files.
my $broken_pipe = '/usr/bin/perl -e "pipe R, W; close R; syswrite W, q(x); $$e = $$!; open F, q(>), $$ARGV[0]; print F $$e"';
SKIP: {
    skip 'only root can start a systemd in namespaces of its own', 1 if $> != 0;
    skip 'a sanitizer must come first in LD_PRELOAD', 1 if sanitized();
    my ($manager) = grep { -x } '/lib/systemd/systemd', '/usr/lib/systemd/systemd';
    skip 'systemd is not installed', 1 if !$manager || !have('unshare');

    my $by_file = sub { return "$broken_pipe $dir/$_[0]" };
    my $built = $drop_in;
    service('ignored', $by_file->('ignored'));
    service('default', $by_file->('default'), "[Service]\nIgnoreSIGPIPE=no\n");
    service('dropped', $by_file->('dropped'), $built);
    my $absent = $built =~ s{\Q$shim\E}{/nowhere/libepipe-preload.so}gr;
    service('absent', $by_file->('absent'), $absent);
    service('unasserted', $by_file->('unasserted'), $absent =~ s/^(?:Assert|Restart).*\n//mgr);
    my $odd = qq(/a b%n"c'\\d\xc3\xa9\$e);
    service('quoted', "/bin/sh -c 'printenv EPIPE_LOG >$dir/quoted'", run([ epipe("--log=$odd", '--show=systemd') ])->{out});
    my $kill = "/bin/sh -c 'echo >>$dir/%n; kill -PIPE \$\$\$\$'";
    my $limit = "StartLimitBurst=2\nStartLimitIntervalSec=100\n";
    service('clean', $kill, "[Unit]\n$limit\[Service]\nIgnoreSIGPIPE=no\nRestart=on-failure\n");
    service('forced', $kill, $drop_in . "[Unit]\n$limit\[Service]\nEnvironment=LD_PRELOAD=\n");
    service('dollar', "/bin/sh -c 'printenv DOLLAR >$dir/dollar'", "[Service]\nEnvironment=DOLLAR=/\$LIB/x\n");

    # A service that writes ten more lines to its journal when that has gone.
    my $chatty = write_file("$dir/chatty", <<'END');
my $name = shift;
sub note { open my $f, '>>', $name; print {$f} @_ }
syswrite STDOUT, "unit 0\n" or exit 1;
note('');
for (1 .. 2000) { last if -e "$name.go"; select undef, undef, undef, 0.01 }
note(syswrite(STDOUT, "unit $_\n") ? "written\n" : "$!\n") for 1 .. 10;
END
    my %chatty = (
        'chatty-default' => "[Service]\nIgnoreSIGPIPE=no\n",
        'chatty-shim'    => $built,
        'chatty-socket'  => "$built\nUnsetEnvironment=JOURNAL_STREAM\n",
    );
    service($_, "/usr/bin/perl $chatty $dir/$_", $chatty{$_}) for keys %chatty;
    my ($journald) = grep { -x } '/lib/systemd/systemd-journald', '/usr/lib/systemd/systemd-journald';
    $journald //= 'false';

    my $inside = write_file("$dir/inside", <<"SH");
set -e
umount -l /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs none /run
mkdir -p /run/systemd/system
export XDG_RUNTIME_DIR=$dir/run XDG_CONFIG_HOME=$dir/config
unset DBUS_SESSION_BUS_ADDRESS LD_PRELOAD
until_true() {
    tries=0
    until "\$@"; do
        tries=\$((tries + 1)); [ \$tries -lt 200 ] || return 1
        sleep 0.05
    done
}
mkdir -p /run/systemd/journal
$journald >/dev/null 2>&1 &
journald=\$!
until_true test -S /run/systemd/journal/stdout && echo journal || true
$manager --user --unit=basic.target >$dir/log 2>&1 &
tries=0
until systemctl --user is-active -q basic.target 2>/dev/null; do
    tries=\$((tries + 1)); [ \$tries -lt 200 ] || exit 9
    sleep 0.05
done
echo up
for name in ignored default dropped absent unasserted clean forced dollar quoted; do
    systemctl --user start \$name 2>/dev/null || echo \$name not started
    tries=0
    while case \$(systemctl --user show -P ActiveState \$name) in active|*ing) true ;; *) false ;; esac; do
        tries=\$((tries + 1)); [ \$tries -lt 200 ] || exit 8
        sleep 0.05
    done
    echo \$name \$(systemctl --user show -P Result \$name) \$(systemctl --user show -P ExecMainStatus \$name)
done
for name in @{[ sort keys %chatty ]}; do
    systemctl --user start \$name
    until_true test -e $dir/\$name && echo \$name wrote || true
done
kill \$journald || true
wait \$journald || true
for name in @{[ sort keys %chatty ]}; do
    >$dir/\$name.go
    ended() { case \$(systemctl --user show -P ActiveState \$name) in active|*ing) false ;; esac; }
    until_true ended
done
SH
    my $ran = run([ qw(unshare --mount --pid --cgroup --fork --kill-child --mount-proc sh), $inside ], limit => 60);
    skip "no systemd can be started here: $ran->{err}", 1 if $ran->{out} !~ /^up$/m;
    my $said = sub { open(my $f, '<', "$dir/$_[0]") or return ''; return join '', <$f> };
    is($said->('ignored'), 'Broken pipe', 'without the drop-in SIGPIPE is ignored');
    like($ran->{out}, qr/^default success/m, 'control: by default action it kills, and is a success');
    is($said->('default'), '', 'before the service could tell');
    is($said->('dropped'), 'Broken pipe', 'with the drop-in the write is EPIPE');
    is_deeply([ $ran->{out} =~ /^(\w+) not started$/mg ], ['absent'], 'where the shim is not, the service is not started');
    is($said->('unasserted'), '', 'control: without the assertion it is, and dies');
    is($said->('quoted'), "$odd\n", 'the value of an option arrives as it is');
    is($said->('clean.service'), "\n", 'on-failure does not restart after SIGPIPE');
    is($said->('forced.service'), "\n\n", 'with RestartForceExitStatus=SIGPIPE it does');
    is($said->('dollar'), "/\$LIB/x\n", 'a $ in Environment= stays');
    SKIP: {
        skip 'no systemd-journald can be started here', 3 if $ran->{out} !~ /^journal$/m;
        is($said->('chatty-default'), '', 'the journal goes: a service at the default action dies (control)');
        is($said->("chatty-$_"), "Broken pipe\n" x 10, 'the journal goes: with the drop-in it lives' . ($_ eq 'socket' ? ', without JOURNAL_STREAM' : ''))
            for qw(shim socket);
    }
    diag($ran->{out}, $ran->{err}) if !Test::More->builder->is_passing;
}

done_testing;
