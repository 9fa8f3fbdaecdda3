#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --check on programs whose exec gives other rights, for which the loader drops
# the shim: setuid, setgid, capabilities. What the shim itself does there, run by its
# variable, is the control: the verdict must be what is true.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use File::Copy qw(copy);
use Test::More;

plan skip_all => 'only root can make a program setuid for another user' if $> != 0;
plan skip_all => 'under no_new_privs no program is setuid' if no_new_privs();
plan skip_all => "a sanitizer's library is dropped as well, and then epipe does not start" if sanitized();
my $setpriv = have('setpriv') or plan skip_all => 'setpriv is not installed';

my $dir = scratch();
chmod 0755, $dir;
my @nobody = ($setpriv, '--reuid', 65534, '--regid', 65534, '--clear-groups', '--');

# The probe, which dies by SIGPIPE unless the shim is in it.
sub program {
    my ($name, $owner, $group, $mode) = @_;
    copy(probe('broken'), "$dir/$name") or die "$dir/$name: $!";
    chown $owner, $group, "$dir/$name";
    chmod $mode, "$dir/$name";
    return "$dir/$name";
}

sub lives {
    my ($program, @before) = @_;
    my $result = run([ @before, $program, 'write', 'pipe' ],
        env => { LD_PRELOAD => shim(), EPIPE_KEEP => 'none' });
    return died_by_sigpipe($result) ? 0 : $result->{exit} == 0 ? 1 : diag(outcome($result));
}

# Is the verdict CAN, or WHY not, and is it true?
sub is_true {
    my ($name, $program, $why, @before) = @_;
    my $result = run([ @before, epipe('--check'), $program ]);
    my $can = !defined $why;
    is($result->{exit}, $can ? 0 : 2, "$name: the verdict") or diag(outcome($result));
    like($result->{out}, $can ? qr/: supported$/m : qr/not supported: it $why/, "$name: in words");
    is(lives($program, @before), $can ? 1 : 0, "$name: and it is true");
    like($result->{out}, qr{^try: .*/etc/ld\.so\.preload}m, "$name: what else to do") if !$can;
    return;
}

my $setuid = program('setuid', 65534, 65534, 04755);
is_true('no such bits', program('plain', 65534, 65534, 0755));
is_true('setuid to another user', $setuid, 'is setuid');
is_true('setuid to the caller', program('own', 0, 0, 04755));
is_true('setgid to another group', program('setgid', 0, 65534, 02755), 'is setuid or setgid');
is_true('setgid to that of the caller', program('own-group', 0, 0, 02755));
is_true('setgid that may not be executed by the group', program('locking', 0, 65534, 02705));
is_true('setuid without new privileges', $setuid, undef, $setpriv, '--no-new-privs', '--');

# A script of a setuid interpreter is run by it, with its rights; its own bit is nothing.
sub script {
    my ($name, $interpreter, $mode) = @_;
    write_file("$dir/$name", "#!$interpreter\n");
    chown 65534, 65534, "$dir/$name";
    chmod $mode, "$dir/$name";
    return "$dir/$name";
}
is(run([ epipe('--check'), script('of-setuid', $setuid, 0755) ])->{exit}, 2, 'a script of a setuid interpreter');
is(run([ epipe('--check'), script('setuid-script', '/bin/sh', 04755) ])->{exit}, 0, 'a setuid script');

SKIP: {
    my $unshare = have('unshare') or skip 'unshare is not installed', 2;
    my @mounted = ($unshare, '-m', 'sh', '-c',
        'mount -t tmpfs -o nosuid,mode=755 none "$0" && cp -p "$1" "$0" && shift && exec "$@"', "$dir/nosuid", $setuid);
    mkdir "$dir/nosuid";
    my $result = run([ @mounted, 'true' ]);
    skip "nothing can be mounted here: $result->{err}", 2 if $result->{exit} != 0;
    is(run([ @mounted, epipe('--check'), "$dir/nosuid/setuid" ])->{exit}, 0, 'setuid where that is not heeded');
    is(lives("$dir/nosuid/setuid", @mounted), 1, 'and it is true');
}

SKIP: {
    skip 'the build is not readable for others', 7 if run([ @nobody, epipe('--version') ])->{exit} != 0;
    my $setcap = have('setcap') or skip 'setcap is not installed', 7;
    my $capable = program('capable', 0, 0, 0755);
    my $result = run([ $setcap, 'cap_net_bind_service=ep', $capable ]);
    skip "no capabilities can be set here: $result->{err}", 7 if $result->{exit} != 0;
    is_true('capabilities', $capable, 'has file capabilities', @nobody);
    is_true('capabilities, for root', $capable);
}
SKIP: {
    skip 'the build is not readable for others', 3 if run([ @nobody, epipe('--version') ])->{exit} != 0;
    is_true('setuid, for its owner', $setuid, undef, @nobody);
    my $secret = program('secret', 0, 0, 0711);
    my $result = run([ @nobody, epipe('--check'), $secret ]);
    is($result->{exit}, 125, 'a program that may not be read: 125') or diag(outcome($result));
    like($result->{err}, qr/\Aepipe: \Q$secret\E: \Q$secret\E: Permission denied\n\z/, 'in one line');
    is(run([ @nobody, epipe('--keep=none'), $secret, 'write', 'pipe' ])->{exit}, 0, 'it is run all the same');
}

done_testing;
