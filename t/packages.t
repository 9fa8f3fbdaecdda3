#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Debian's packaging: what it repeats of the sources is what they say; the packages, if
# make deb has built them, hold what they should, and a hardened shim is still the shim.
# make check-deb installs them in a fresh root.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Sources;
use Test::More;

sub text {
    open(my $fh, '<', "$SOURCE/$_[0]") or die "$_[0]: $!";
    return join '', <$fh>;
}

# The symbols are those of the map; a name for 32 bits alone has its tag.
my @symbols = text('debian/libepipe0.symbols') =~ /^ (?:\(.*\))?(epipe_\w+)\@EPIPE/mg;
cmp_ok(scalar @symbols, '>', 20, 'control: symbols are listed');
is_deeply([ sort @symbols ], [ map_names('lib/libepipe.map') ], 'debian/libepipe0.symbols has what libepipe.map has');

my ($version) = text('configure.ac') =~ /AC_INIT\(\[libepipe\], \[([\d.]+)\]\)/;
like(text('debian/changelog'), qr/^libepipe \(\Q$version\E-\d+\) /, 'the changelog is of this version');
my $licence = text('LICENSE') =~ s/.*?(?=Permission)//sr;
my $copied = text('debian/copyright') =~ s/.*?(?=Permission)//sr =~ s/^ \.?//mgr;
is($copied, $licence, 'debian/copyright has the licence');
my @tests = text('debian/rules') =~ m{\b(t/[\w-]+\.t)\b}g;
is_deeply([ grep { !-e "$SOURCE/$_" } @tests ], [], 'the tests that the package build runs are there');

SKIP: {
    skip 'dpkg-deb and dpkg-gensymbols (dpkg-dev) are not installed', 1 if !have('dpkg-deb') || !have('dpkg-gensymbols');
    my %deb = map { $_ => ((glob "$BUILD/deb/${_}_*.deb"), undef)[0] } qw(libepipe0 libepipe-dev libepipe-preload epipe);
    skip 'make deb has built no packages', 1 if grep { !defined } values %deb;
    my $field = sub { return run([ 'dpkg-deb', '-f', $deb{ $_[0] }, $_[1] ])->{out} =~ s/\n\z//r };
    is($field->(@$_[ 0, 1 ]), $_->[2], "$_->[0]: $_->[1]")
        for [ 'libepipe0', 'Multi-Arch', 'same' ], [ 'libepipe-preload', 'Multi-Arch', 'same' ], [ 'libepipe-dev', 'Multi-Arch', 'same' ],
        [ 'epipe', 'Multi-Arch', 'foreign' ];
    my $own = $field->('epipe', 'Version');
    like($field->($_->[0], 'Depends'), qr/\b$_->[1] \(= \Q$own\E\)/, "$_->[0] needs the same version's $_->[1]")
        for [ 'epipe', 'libepipe-preload' ], [ 'libepipe-dev', 'libepipe0' ];
    unlike($field->('epipe', 'Depends'), qr/libepipe0/, 'epipe does without the library');
    cmp_ok(scalar(() = glob "$BUILD/deb/*.$_"), '==', 1, "the .$_ is kept") for 'changes', 'buildinfo';

    # What two architectures both install must be the same in both: nothing but
    # headers, manual pages and documents outside the directory of the architecture.
    my $files = sub { return map { (split)[5] } grep { !/^d/ } split /\n/, run([ 'dpkg-deb', '-c', $deb{ $_[0] } ])->{out} };
    for my $package ('libepipe0', 'libepipe-preload', 'libepipe-dev') {
        my @files = $files->($package);
        is_deeply([ grep { !m{^\./usr/(?:lib/[^/]+-linux-\w+/|include/epipe\.h|share/(?:doc|man|lintian)/)} } @files ], [],
            "$package can stand beside another architecture's");
    }
    # Debian Policy 8.2: what has no version in its path cannot be in a library's package, of
    # which two versions can be installed.
    my @plain = grep { !m{/lib[^/]+\.so\.\d[^/]*$|^\./usr/share/(?:doc|lintian/overrides)/(?:libepipe0$|libepipe0/)} } $files->('libepipe0');
    is_deeply(\@plain, [], 'libepipe0 has nothing without a version');
    is(scalar(grep { m{/doc/libepipe-dev/examples/.*\.c$} } $files->('libepipe-dev')), 8, 'libepipe-dev has the examples');
    my $dir = scratch();
    run([ 'dpkg-deb', '-x', $deb{'libepipe-preload'}, $dir ]);
    my ($shim) = glob "$dir/usr/lib/*/libepipe/libepipe-preload.so";
    ok($shim, 'libepipe-preload has the shim') or last SKIP;
    my @undefined = run([ 'nm', '-D', '--undefined-only', $shim ])->{out} =~ /\bU (\w+)/g;
    cmp_ok(scalar @undefined, '>', 10, 'control: what it calls is seen');
    is_deeply([ grep { /_chk(?:_fail)?$/ } @undefined ], [], 'hardening calls nothing in it that aborts');
    run([ 'dpkg-deb', '-x', $deb{epipe}, $dir ]);
    like(run([ 'nm', '-D', "$dir/usr/bin/epipe" ])->{out}, qr/__stack_chk_fail/, 'control: and does in the command');
    ok(died_by_sigpipe(run([ probe('broken'), 'write', 'unix' ])), 'control: dies without');
    is(run([ probe('broken'), 'write', 'unix' ], env => { LD_PRELOAD => $shim })->{out}, "write: -1 EPIPE\n",
        'and lives with the packaged shim');
}

done_testing;
