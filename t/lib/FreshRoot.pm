# SPDX-License-Identifier: MIT
#
# A fresh root directory of this system's own release, from the mirror that apt uses here.

package FreshRoot;

use strict;
use warnings;
use EpipeTest;
use Exporter qw(import);

our @EXPORT = qw(cannot_make_root release_and_mirror make_root);

# Why none can be made here, and undef if one can.
sub cannot_make_root {
    return 'only root can make a root directory' if $> != 0;
    for my $tool (qw(debootstrap chroot unshare dpkg-deb apt-get), @_) {
        return "$tool is not installed" if !have($tool);
    }
    my ($codename, $mirror) = release_and_mirror();
    return "apt knows no mirror of Debian $codename" if !defined $mirror;
    return;
}

sub release_and_mirror {
    my ($codename) = run([ 'sh', '-c', '. /etc/os-release; echo "$VERSION_CODENAME"' ])->{out} =~ /(\w+)/;
    $codename //= 'of an unknown release';
    my ($mirror) = grep { defined } map { /^(\S+) Debian \Q$codename\E main$/ ? $1 : undef } split /\n/,
        run([ 'apt-get', 'indextargets', '--format', '$(REPO_URI) $(ORIGIN) $(CODENAME) $(COMPONENT)',
            'Created-By: Packages' ])->{out};
    return ($codename, $mirror);
}

# In the directory $root, with the packages of $include as well; what debootstrap mounts
# is for a namespace of the caller's to take away.
sub make_root {
    my ($root, $include) = @_;
    my ($codename, $mirror) = release_and_mirror();
    return run([ 'debootstrap', '--variant=minbase', "--include=$include", $codename, $root, $mirror ],
        limit => 900);
}

1;
