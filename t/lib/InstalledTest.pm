# SPDX-License-Identifier: MIT
#
# What the tests of an installed library share: what make install DESTDIR= leaves, and
# the environment of a third-party project that is to find it.  Loading it installs.

package InstalledTest;

use strict;
use warnings;
use EpipeTest;
use Exporter qw(import);
use Test::More;

our @EXPORT = qw($cc $cxx $pkg_config $root $pc_dir $lib_dir $include $archive $shared
    @warnings %clean %found holding);

plan skip_all => 'a sanitized library needs consumers that are sanitized as well' if sanitized();
our ($pkg_config) = grep { defined } map { have($_) } qw(pkg-config pkgconf);
plan skip_all => 'pkg-config is not installed' if !$pkg_config;
our $cc = $ENV{TEST_CC} // 'cc';
our ($cxx) = grep { have($_) } qw(g++ c++ clang++);

our @warnings = qw(-Wall -Wextra -pedantic -Werror);

# The consumer's own settings: not those with which make check was called.
our %clean = map { $_ => undef } qw(MAKEFLAGS MFLAGS MAKELEVEL GNUMAKEFLAGS DESTDIR CC CXX
    CPPFLAGS CFLAGS CXXFLAGS LDFLAGS LDLIBS PKG_CONFIG_PATH);

our $root = scratch();
my $install = run([ 'make', '-s', '-C', $BUILD, 'install', "DESTDIR=$root" ],
    limit => 120, env => \%clean);
is($install->{exit}, 0, 'make install DESTDIR=') or BAIL_OUT(outcome($install));
my @files = split /\n/, run([ 'find', $root, '!', '-type', 'd' ])->{out};

# The directory that holds what is named, without DESTDIR too.
sub holding {
    my ($name) = @_;
    my ($dir) = map { m{^(.*)/\Q$name\E$} ? $1 : () } @files;
    return $dir // BAIL_OUT("$name is not installed: @files");
}
our ($pc_dir, $include) = (holding('libepipe.pc'), holding('epipe.h'));
our ($archive) = grep { m{/libepipe\.a$} } @files;
our ($shared) = grep { m{/libepipe\.so$} } @files;
our $lib_dir = $pc_dir =~ s{/pkgconfig$}{}r;

# Below another root; a prefix of /usr is not to be taken for the system's own.
our %found = (%clean, PKG_CONFIG_LIBDIR => $pc_dir, PKG_CONFIG_SYSROOT_DIR => $root,
    PKG_CONFIG_ALLOW_SYSTEM_CFLAGS => 1, PKG_CONFIG_ALLOW_SYSTEM_LIBS => 1);

1;
