#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The cmocka programs under t/unit/, each a subtest that repeats its TAP.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

cmocka_cases($_, $_, {}, wrapped()) for qw(mask lines policy scopes install child);

# L6: under the shim everything works as without it.
SKIP: {
    skip 'the shim cannot be where the sanitizer or valgrind is', 1 if sanitized() || wrapped();
    cmocka_cases($_, "$_, under the shim", { env => { EPIPE_TEST_UNDER_SHIM => 1 } },
        epipe('--children=none'))
        for qw(mask scopes install child);
}

done_testing;
