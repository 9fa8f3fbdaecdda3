#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The recipes in examples/: stdio, OpenSSL and libldap over a socket without SIGPIPE and
# without the library, and scopes from Python and Perl.  Each writes to a socket whose other
# end is gone and says the error; with --plain, which leaves the recipe out, it dies.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

sub works {
    my ($name, $command, $expect) = @_;
    my %how = (env => { LIBEPIPE => "$BUILD/.libs/libepipe.so.0", LC_ALL => 'C' });
    my $result = run($command, %how);
    is($result->{out}, $expect, "$name: an error") or diag(outcome($result));
    is("$result->{exit} $result->{signal}", '0 0', "$name: lives");
    ok(died_by_sigpipe(run([ @$command, '--plain' ], %how)), "$name: control dies by SIGPIPE without the recipe");
    return;
}

my %expect = (
    'stdio-socket' => "fflush: Broken pipe\n",
    'tls-bio'      => "SSL_connect: SSL_ERROR_SYSCALL, Broken pipe\n",
    'ldap-sockbuf' => "ldap_search_ext: Can't contact LDAP server\n",
);
for my $name (sort keys %expect) {
  SKIP: {
        my $path = "$BUILD/examples/$name";
        skip "$name: the example is not built", 3 if !-x $path;
        works($name, [$path], $expect{$name});
        next if !have('readelf');
        unlike(run([ 'readelf', '-d', $path ])->{out}, qr/\(NEEDED\).*libepipe/, "$name: needs no libepipe");
        ok(run([ $path, '--none' ])->{err} =~ /^Usage: $name /, "$name: refuses what it does not know");
    }
}

SKIP: {
    skip "a sanitizer's library would have to be linked first", 1 if sanitized();
    skip 'python3 is not installed', 1 if !-x '/usr/bin/python3';
    works('Python, ctypes', [ '/usr/bin/python3', "$SOURCE/examples/epipe_scope.py" ], "write: Broken pipe\nswallowed: 1\n");
}
SKIP: {
    skip "a sanitizer's library would have to be linked first", 1 if sanitized();
    skip 'FFI::Platypus (libffi-platypus-perl) is not installed', 1 if run([ '/usr/bin/perl', '-MFFI::Platypus', '-e', '1' ])->{exit};
    works('Perl, FFI::Platypus', [ '/usr/bin/perl', "$SOURCE/examples/scope.pl" ], "write: Broken pipe\n");
}

done_testing;
