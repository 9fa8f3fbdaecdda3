#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# make install DESTDIR=: the installed command finds the installed shim, also under
# another root than it was configured for.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $root = scratch();
my $make = run([ 'make', '-s', '-C', $BUILD, 'install', "DESTDIR=$root" ],
    limit => 120, env => { MAKEFLAGS => undef, MFLAGS => undef, MAKELEVEL => undef });
is($make->{exit}, 0, 'make install DESTDIR=') or diag(outcome($make));

my @files = split /\n/, run([ 'find', '.', '!', '-type', 'd' ], cwd => $root)->{out};
my ($command) = grep { m{/bin/epipe$} } @files;
my ($shim) = grep { m{/libepipe/libepipe-preload\.so$} } @files;
ok($command && $shim, 'the command and the shim are there') or BAIL_OUT("@files");
is_deeply([ grep { /preload.*\.l?a$/ } @files ], [], 'and no archive of the shim');
ok((grep { m{/man1/epipe\.1} } @files), 'and the man page');

s{^\.}{$root} for $command, $shim;
my $show = run([ $command, '--show' ], env => { LD_PRELOAD => undef });
is(by_path($show->{out}, $shim), "LD_PRELOAD='$shim'\n", 'the installed command finds the installed shim');
my @write = (probe('broken'), 'write', 'unix');
ok(died_by_sigpipe(run(\@write)), 'control: dies without');
is(run([ $command, @write ])->{out}, "write: -1 EPIPE\n", 'and lives with what was installed');

# A shim that is gone, or whose path LD_PRELOAD cannot hold, is refused.
rename $shim, "$shim.away";
SKIP: {
    skip 'where it was configured for a shim is installed', 2 if -e substr $shim, length $root;
    my $gone = run([ $command, 'true' ]);
    is($gone->{exit}, 125, 'a missing shim: 125');
    like($gone->{err}, qr{^epipe: .*/libepipe-preload\.so: No such file or directory\n\z}, 'and named in one line');
}
mkdir "$root/with blank$_" for '', '/.libs';
run([ 'cp', "$BUILD/epipe", "$root/with blank/" ]);
run([ 'cp', shim(), "$root/with blank/.libs/" ]);
my $blank = run([ "$root/with blank/epipe", 'true' ]);
is($blank->{exit}, 125, 'a path with a blank: 125');
like($blank->{err}, qr/has a colon, blank or \$ in it/, 'and told');

done_testing;
