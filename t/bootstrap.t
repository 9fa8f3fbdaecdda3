#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# bootstrap asks for root only where the build lacks a package, says what each group of
# packages is for, and goes on without the tests' and the demo's.  dpkg-query, apt-get,
# sudo, id and what makes ./configure are stand-ins that note how they are called.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $dir = scratch();
my ($bin, $tools, $source, $calls) = ("$dir/bin", "$dir/tools", "$dir/source", "$dir/calls");
mkdir $_ or die "$_: $!" for $bin, $tools, $source, "$source/examples", "$dir/build";
symlink have($_) // BAIL_OUT("no $_"), "$tools/$_" or die "$_: $!" for qw(dirname env cat);

sub stand_in {
    my ($path, $body) = @_;
    my ($name) = $path =~ m{([^/]+)\z};
    return write_file($path, "#!/bin/sh\necho \"$name \$*\" >>$calls\n$body\n", 0755);
}

stand_in("$bin/dpkg-query", 'for package; do :; done; case " $LACKS " in *" all "*|*" $package "*) exit 1 ;; esac; echo installed');
stand_in("$bin/apt-get", 'exit ${APT_STATUS-0}');
stand_in("$bin/sudo", 'exec "$@"');
stand_in("$bin/id", 'echo $USER_ID');
stand_in("$bin/autoreconf", '');
stand_in("$source/configure", '');
stand_in("$source/examples/fetch-servers", 'exit ${FETCH_STATUS-0}');
write_file("$source/bootstrap", read_file("$SOURCE/bootstrap"), 0755);

# Returns what run() does, and who was called apart from dpkg-query and id, line by line.
sub bootstrap {
    my ($env, @arguments) = @_;
    write_file($calls, '');
    my $result = run([ "$source/bootstrap", @arguments ], cwd => "$dir/build",
        env => { PATH => "$bin:$tools", USER_ID => 1000, LACKS => '', %$env });
    $result->{calls} = [ grep { !/^(?:dpkg-query|id) / } split /\n/, read_file($calls) ];
    return $result;
}

my @always = ("fetch-servers $dir/build/servers", 'autoreconf -fi');

my $nothing = bootstrap({}, '--enable-werror');
is(outcome($nothing), 'exit 0', 'nothing is missing: not a word');
is_deeply($nothing->{calls}, [ @always, 'configure --enable-werror' ], 'and nobody is asked for root');

my $tests = bootstrap({ LACKS => 'strace libldap-dev' });
is_deeply([ $tests->{exit}, @{ $tests->{calls} } ], [ 0, @always, 'configure ' ],
    'what the build does without: nobody is asked for root');
like($tests->{out}, qr/the tests, which skip what they lack, use: strace\n/, 'the tests\' package is named');
like($tests->{out}, qr/the demo uses: libldap-dev\n/, 'the demo\'s, too');
like($tests->{out}, qr/to have them: sudo apt-get install strace libldap-dev\n/, 'and how to have them');

my $install = 'env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install';
my @installing = ('sudo apt-get -q update', 'apt-get -q update', "sudo $install libtool strace libldap-dev",
    'apt-get -q -y --no-install-recommends install libtool strace libldap-dev');
my $build = bootstrap({ LACKS => 'libtool strace libldap-dev' });
is_deeply([ $build->{exit}, @{ $build->{calls} } ], [ 0, @installing, @always, 'configure ' ], 'the build lacks one: by sudo, all of them');
like($build->{out}, qr/the build needs: libtool\n.*the tests, .* use: strace\n.*the demo uses: libldap-dev\n/s, 'and what each is for');

my $root = bootstrap({ LACKS => 'strace', USER_ID => 0 });
is_deeply($root->{calls}, [ 'apt-get -q update', 'apt-get -q -y --no-install-recommends install strace', @always, 'configure ' ],
    'root has no need to ask');

my $only = bootstrap({ LACKS => 'all', USER_ID => 0 }, '--build-only', '--prefix=/usr');
is_deeply($only->{calls}, [ 'apt-get -q update', 'apt-get -q -y --no-install-recommends install autoconf automake libtool make gcc',
    'autoreconf -fi', 'configure --prefix=/usr' ], '--build-only: five packages, no servers');

my $failed = bootstrap({ LACKS => 'libtool', APT_STATUS => 100 });
is_deeply([ $failed->{exit}, grep { /configure/ } @{ $failed->{calls} } ], [100], 'apt-get fails: so does bootstrap');

my $unfetched = bootstrap({ FETCH_STATUS => 1 });
is_deeply([ $unfetched->{exit}, @{ $unfetched->{calls} } ], [ 0, @always, 'configure ' ], 'no servers for the demo: it goes on');
like($unfetched->{err}, qr/no servers for the demo/, 'and says so');

like(bootstrap({}, '--help')->{out}, qr/^Usage: bootstrap \[--build-only\]/, '--help');
is_deeply(bootstrap({}, '--help')->{calls}, [], 'does nothing else');

unlink "$bin/sudo";
my $neither = bootstrap({ LACKS => 'libtool strace' });
is($neither->{exit}, 1, 'the build lacks one, and there is neither root nor sudo');
like($neither->{err}, qr/as root: apt-get install libtool strace$/m, 'it says what root is to do');
ok(!(grep { /apt-get|configure/ } @{ $neither->{calls} }), 'and does nothing');
is(bootstrap({ LACKS => 'strace' })->{exit}, 0, 'control: for the build it needs neither');

unlink "$bin/apt-get";
my $elsewhere = bootstrap({});
is($elsewhere->{exit}, 1, 'without apt-get');
like($elsewhere->{err}, qr/the build needs: automake libtoolize make cc$/m, 'it names the programs that are missing');

done_testing;
