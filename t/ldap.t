#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The main job: real LDAP clients whose real server goes away between two
# requests.  examples/demo speaks TAP, each client without and with epipe.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

plan skip_all => 'the demo cleans LD_PRELOAD, where a sanitizer must stay' if sanitized();
plan skip_all => 'no LDAP server is unpacked; ./bootstrap fetches one' if !-e "$BUILD/servers/.complete";
plan skip_all => 'libldap was not there at configure time' if !-x "$BUILD/examples/ldap-daemon";

exec "$SOURCE/examples/demo", '--tap', '--build', $BUILD, '--servers', "$BUILD/servers"
    or die "examples/demo: $!";
