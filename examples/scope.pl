#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# scope: a scope around a call in Perl, by FFI::Platypus.  It ends with its block, by die, too.
#
#     scope.pl [--plain]     to a socket whose other end is gone

use strict;
use warnings;

package EpipeScope;

use FFI::Platypus 1.00;
use FFI::Platypus::Memory qw(malloc free);

my $ffi = FFI::Platypus->new(api => 1, lib => $ENV{LIBEPIPE} // 'libepipe.so.0');
$ffi->attach([ epipe_scope_enter => '_enter' ], ['opaque'] => 'int');
$ffi->attach([ epipe_scope_leave => '_leave' ], ['opaque'] => 'int');

# No SIGPIPE from what this thread writes while the object lives.  Its 64 bytes stay in place.
sub new {
    my ($class) = @_;
    my $memory = malloc 64;
    _enter($memory) == 0 or die "epipe_scope_enter: $!\n";
    return bless \$memory, $class;
}

sub DESTROY {
    my ($self) = @_;
    _leave($$self);
    free $$self;
    return;
}

package main;

use Socket;

socketpair(my $ours, my $theirs, AF_UNIX, SOCK_STREAM, 0) or die "socketpair: $!\n";
close $theirs;
{
    my $scope = "@ARGV" eq '--plain' ? undef : EpipeScope->new;
    defined syswrite($ours, 'request') or print "write: $!\n";
}
