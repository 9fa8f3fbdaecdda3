#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# P7: the shim used by hand reads the same variables; a bad value is one line and
# the default; in a setuid process nothing is read at all, and nothing is left for what it
# executes.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $shim = shim();
my $write = probe('broken');
my $preload = join ':', grep { defined && length } $ENV{LD_PRELOAD}, $shim;

sub by_hand {
    my ($command, %env) = @_;
    return run($command, env => { LD_PRELOAD => $preload, %env });
}

ok(died_by_sigpipe(run([ $write, 'write', 'unix' ])), 'control: dies without the shim');
is(by_hand([ $write, 'write', 'unix' ])->{out}, "write: -1 EPIPE\n", 'lives with the shim preloaded');

# The variables are those of the command.
my $handler = by_hand([ probe('disposition'), 'foreign', 'sigaction' ], EPIPE_HANDLERS => 'override');
like($handler->{out}, qr/^handler ran 0 times/m, 'EPIPE_HANDLERS is read');
my $only = by_hand([ $write, 'write', 'unix' ], EPIPE_ONLY => 'libnothing*');
ok(died_by_sigpipe($only), 'EPIPE_ONLY is read');
# The dead descriptor is the first free one.
my $keep = by_hand([ $write, 'write', 'unix' ], EPIPE_KEEP => join ',', 3 .. 12);
ok(died_by_sigpipe($keep), 'EPIPE_KEEP is read');
my $log = by_hand([ $write, 'write', 'unix' ], EPIPE_LOG => 'stderr');
like($log->{err}, qr/SIGPIPE swallowed/, 'EPIPE_LOG is read');

# Bad values.
my @bad = (
    [ EPIPE_KEEP     => 'stdout', "'stdout' is not a descriptor number" ],
    [ EPIPE_KEEP     => '',       "'' has an empty entry" ],
    [ EPIPE_ONLY     => 'a,,b',   "'a,,b' has an empty entry" ],
    [ EPIPE_HANDLERS => "no\e[0m\nway", "'no\\x1b[0m\\x0away' is not a value of this setting" ],
    [ EPIPE_CHILDREN => 'some',   "'some' is not a value of this setting" ],
    [ EPIPE_LOG      => 'here',   "'here' is not a value of this setting" ],
    [ EPIPE_TRACE    => 'yes',    "'yes' is not a value of this setting" ],
    [ EPIPE_SUMMARY  => '',       "'' is not a value of this setting" ],
    [ EPIPE_GIVE_UP  => '-1',     "'-1' is not a number of writes" ],
    [ EPIPE_GIVE_UP  => '1000001', "'1000001' is too large" ],
);
for my $case (@bad) {
    my ($name, $value, $why) = @$case;
    my $result = by_hand([ $write, 'write', 'unix' ], $name => $value);
    is($result->{out}, "write: -1 EPIPE\n", "$name=$value: the program runs, protected by default");
    is($result->{err}, "epipe: $name: $why; the default is used\n", "$name=$value: one line");
}
my $huge = by_hand([ $write, 'write', 'unix' ], EPIPE_ONLY => 'x' x 100_000);
is($huge->{out}, "write: -1 EPIPE\n", 'a huge value does no harm');
is(length($huge->{err}) <= 512 && ($huge->{err} =~ tr/\n//), 1, 'and is one short line');

# A complaint on a dead standard error must not be what kills.
my $quiet = run([ 'perl', '-e', 'pipe R, W; close R; open STDERR, ">&", \*W; exec @ARGV', $write, 'write', 'unix' ],
    env => { LD_PRELOAD => $preload, EPIPE_LOG => 'x' });
is($quiet->{out}, "write: -1 EPIPE\n", 'a complaint to a dead standard error does no harm')
    or diag(outcome($quiet));

# A setuid process. The loader takes the shim there from /etc/ld.so.preload only,
# which is put into a mount namespace of the test's own.
my $with_preload = 'mount -t tmpfs none "$0" && mkdir "$0/u" "$0/w" && echo "$SHIM" >"$0/u/ld.so.preload"'
    . ' && mount -t overlay none -o "lowerdir=/etc,upperdir=$0/u,workdir=$0/w" /etc || exit 99; exec "$@"';
SKIP: {
    skip 'only root can try a setuid program', 7 if $> != 0;
    skip 'under no_new_privs no program is setuid', 7 if no_new_privs();
    skip 'a sanitizer does not run in a setuid program', 7 if sanitized();
    my ($dir, $mount) = (scratch(), scratch());
    my $program = "$dir/broken";
    run([ 'cp', $write, $program ]);
    run([ 'cp', $shim, $dir ]);
    chmod 0755, $dir;
    chown 65534, 65534, $program;
    chmod 04755, $program;
    my $everywhere = sub {
        return run([ 'unshare', '-m', 'sh', '-c', $with_preload, $mount, @_ ],
            env => { SHIM => "$dir/libepipe-preload.so", EPIPE_KEEP => join(',', 3 .. 12) });
    };
    my $works = $everywhere->('true');
    skip "no mount namespace to be had: $works->{err}", 7 if $works->{exit} != 0;
    my $ordinary = $everywhere->($write, 'write', 'unix');
    my $secure = $everywhere->($program, 'write', 'unix');
    ok(died_by_sigpipe(run([ $program, 'write', 'unix' ])), 'control: the setuid program dies without the shim');
    ok(died_by_sigpipe($ordinary), 'control: an ordinary process reads EPIPE_KEEP');
    is($secure->{out}, "write: -1 EPIPE\n", 'a setuid process reads nothing and is protected by default')
        or diag(outcome($secure));

    # A user calls a program that becomes root in full and executes another one, which is
    # then an ordinary process of root's.
    my $setpriv = have('setpriv') or skip 'setpriv (util-linux) is not installed', 4;
    my ($becomes, $helper) = ("$dir/becomes", "$dir/helper");
    run([ 'cp', probe('becomes'), $becomes ]);
    run([ 'cp', $write, $helper ]);
    my @user = ($setpriv, '--reuid=65534', '--regid=65534', '--clear-groups', 'env', "EPIPE_LOG=$dir/log", 'KEEP=1', 'EPIPE_KEEP=none');
    my @job = ($helper, 'write', 'unix');
    chmod 0777, $dir;
    my $by_user = $everywhere->(@user, $becomes, @job);
    is((stat "$dir/log")[4], 65534, 'control: a program that is not setuid leaves the variables, and the log is the user\'s')
        or diag(outcome($by_user));
    unlink "$dir/log";
    chmod 04755, $becomes;
    my $by_root = $everywhere->(@user, $becomes, @job);
    is($by_root->{out}, "write: -1 EPIPE\n", 'what a setuid program executes runs') or diag(outcome($by_root));
    ok(!-e "$dir/log", 'and does not obey the variables of the user');
    my $left = $everywhere->(@user, $becomes, 'sh', '-c', 'id -u; env | grep -E "^(EPIPE_(KEEP|LOG)|KEEP)="');
    is($left->{out}, "0\nKEEP=1\n", 'they are gone, and nothing else is') or diag(outcome($left));
}

done_testing;
