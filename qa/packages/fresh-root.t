#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# make check-deb: the packages that make deb has built, in a fresh root that debootstrap
# makes from apt's own mirror.  They install, a real LDAP client lives there under epipe
# across a restart of its server (which runs outside) and dies without, and they leave
# nothing behind.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../../t/lib", "$FindBin::Bin/../../examples";
use EpipeTest;
use FreshRoot;
use IO::Select;
use Test::More;

if (my $why = cannot_make_root()) { plan skip_all => $why }
my @packages = map { (glob "$BUILD/deb/${_}_*.deb")[0] } qw(libepipe0 libepipe-dev libepipe-preload epipe);
BAIL_OUT('make deb has built no packages') if (grep { defined } @packages) != 4;

# What debootstrap mounts goes with this namespace.
if (!$ENV{TEST_IN_NAMESPACE}) {
    $ENV{TEST_IN_NAMESPACE} = 1;
    exec 'unshare', '--mount', $^X, $0 or die "unshare: $!";
}
delete $ENV{TEST_IN_NAMESPACE};

# The client, and the package that its library is of.
my $daemon = "$BUILD/examples/ldap-daemon";
my $no_client = -x $daemon ? undef : 'libldap was not there at configure time';
my ($libldap) = $no_client ? () : run([ 'ldd', $daemon ])->{out} =~ m{/(libldap[^/\s]*) };
my @needs = defined $libldap ? run([ 'dpkg', '-S', "*/$libldap" ])->{out} =~ /^([^:,]+)/ : ();
$no_client //= 'no package has its libldap' if !@needs;

my $dir = scratch();
my $root = "$dir/root";
my ($depends) = read_file("$SOURCE/debian/tests/control") =~ /^Depends: (.*)/m;
my $made = make_root($root, join ',', @needs, grep { !/epipe/ } split /, /, $depends);
is($made->{exit}, 0, 'debootstrap makes a fresh ' . (release_and_mirror())[0])
    or BAIL_OUT(substr($made->{out}, -400) . $made->{err});

sub inside {
    my ($command, %how) = @_;
    return run([ 'chroot', $root, @$command ], limit => 300,
        env => { LC_ALL => 'C', DEBIAN_FRONTEND => 'noninteractive', %{ $how{env} // {} } });
}

my $files = sub {
    return run([ 'find', $root, '-xdev', '(', '-path', "$root/var", '-o', '-path', "$root/proc",
            '-o', '-path', "$root/tmp", '-o', '-name', 'ld.so.cache', ')', '-prune', '-o', '-print' ])->{out};
};
my $before = $files->();
run([ 'cp', @packages, $no_client ? () : $daemon, "$root/tmp/" ]);
my @debs = map { s{.*/}{/tmp/}r } @packages;
my $installed = inside([ 'apt-get', '-y', '--no-install-recommends', 'install', @debs ]);
is($installed->{exit}, 0, 'the packages install') or diag(outcome($installed));
isnt($files->(), $before, 'control: and bring files');
is(inside([ 'dpkg', '--verify', 'epipe', 'libepipe-preload', 'libepipe0', 'libepipe-dev' ])->{out}, '', 'all of which are as packed');

is(inside([ 'epipe', '--show' ])->{out}, "LD_PRELOAD='/usr/\$LIB/libepipe/libepipe-preload.so'\n",
    'the shim is where $LIB leads, also where there is no /proc');
my @job = ('perl', '-e', '$SIG{PIPE} = "DEFAULT"; pipe R, W; close R; syswrite W, "x"; print "$!\n"');
ok(died_by_sigpipe(inside([@job])), 'control: a broken write kills');
my $lives = inside([ 'epipe', @job ]);
is("$lives->{out}$lives->{err}", "Broken pipe\n", 'and is EPIPE under epipe, without a word from the loader');

# debian/tests, as autopkgtest runs it; its control is its own first step.
run([ 'cp', "$SOURCE/debian/tests/smoke", "$root/tmp/" ]);
my $smoke = inside([ 'sh', '-c', 'cd /tmp && exec sh smoke' ]);
like($smoke->{out}, qr/^both live$/m, 'debian/tests/smoke passes') or diag(outcome($smoke));
unlink "$root/tmp/smoke";

# The demo's client: three requests, and a restart of the server after the first.
sub ask {
    my (@command) = @_;
    pipe(my $stdin, my $to) && pipe(my $from, my $stdout) or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        default_sigpipe();
        open(STDIN, '<&', $stdin) && open(STDOUT, '>&', $stdout) or POSIX::_exit(99);
        { no warnings; exec 'chroot', $root, @command; }
        POSIX::_exit(127);
    }
    close $_ for $stdin, $stdout;
    return { pid => $pid, to => $to, from => $from };
}

sub three_requests {
    my ($slapd, @prefix) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $client = ask(@prefix, '/tmp/ldap-daemon', $slapd->uri('ldap'), $slapd->base);
    my $answered = 0;
    for my $n (1 .. 3) {
        $slapd->restart if $n == 2;
        syswrite $client->{to}, "user$n\n" or last;
        IO::Select->new($client->{from})->can_read($Run::LIMIT) or last;
        sysread($client->{from}, my $line, 4096) or last;
        $answered++ if $line =~ /^user$n: Surname$n/;
    }
    close $client->{to};
    close $client->{from};
    waitpid $client->{pid}, 0;
    return "$answered answered, " . ($? & 127 ? 'signal ' . ($? & 127) : 'exit ' . ($? >> 8));
}

SKIP: {
    skip $no_client, 2 if $no_client;
    require Slapd;
    my $slapd = eval { Slapd->new(servers => "$BUILD/servers") } or skip "no LDAP server: $@", 2;
    is(three_requests($slapd), '1 answered, signal 13', 'control: the LDAP client dies with its connection');
    is(three_requests($slapd, 'epipe'), '3 answered, exit 0', 'and under the installed epipe it goes on');
}

unlink map { "$root$_" } @debs;
is(inside([ 'dpkg', '--purge', 'epipe', 'libepipe-preload', 'libepipe-dev', 'libepipe0' ])->{exit}, 0, 'the packages go');
is($files->(), $before, 'and leave nothing');
like(run([ 'grep', '-c', " $root", '/proc/self/mounts' ])->{out}, qr/^0$/, 'nothing is mounted there any more')
    or run([ 'sh', '-c', "umount -l $root/* 2>/dev/null" ]);

done_testing;
