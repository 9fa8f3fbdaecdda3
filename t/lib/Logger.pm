# SPDX-License-Identifier: MIT
#
# A system logger of one's own: /dev/log in a mount namespace that has a /dev of its own.

package Logger;

use strict;
use warnings;
use Exporter 'import';
use EpipeTest;

our @EXPORT = qw(private_dev logged);

# What to run a command with for it to have that /dev; nothing where none is to be had.
sub private_dev {
    my $dev = scratch();
    write_file("$dev/null", ''); # which perl wants
    my @private = ('unshare', '-m', 'sh', '-c', 'mount --bind "$0" /dev && exec "$@"', $dev);
    return run([ @private, 'true' ])->{exit} == 0 ? @private : ();
}

# Behind private_dev(): COMMAND beside a logger, which then prints each datagram in
# brackets.
sub logged {
    my (@command) = @_;
    my $listen = 'use IO::Socket::UNIX; unlink "/dev/log"; my $s = IO::Socket::UNIX->new(Local => "/dev/log",'
        . ' Type => SOCK_DGRAM) or die $!; system @ARGV; $s->blocking(0);'
        . ' while (defined $s->recv(my $d, 2048)) { print "[$d]\n" }';
    return ($^X, '-e', $listen, @command);
}

1;
