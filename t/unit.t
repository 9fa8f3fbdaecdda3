#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The cmocka programs under t/unit/, each a subtest that repeats its TAP.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Cmocka;
use EpipeTest;
use Test::More;

my @processes = qw(child channel channel-child channel-options refused scarce forks halfway disturbed pipeline pipeline-ends);
my @writes = qw(write-all deadline cancelled);
my @scopes = qw(scopes blocks coroutines install chains single-calls process-scopes keep-stdio);

cmocka_cases($_, $_, { limit => 300 }, wrapped())
    for qw(sigmask log-text proc-status settings), @scopes, @processes, @writes;

# Of an attach, where this architecture has it; one makes code, and one puts filters on itself.
SKIP: {
    skip 'nothing is attached to here, or not under valgrind', 1 if !can_enter() || wrapped();
    cmocka_cases($_, $_, { limit => 300 }) for 'choose', 'denied', 'tracee-mem', architecture() eq 'aarch64' ? () : 'stub';
    skip "filters stop the thread sanitizer's own calls", 1 if ($ENV{TEST_SANITIZED} // '') =~ /thread/;
    cmocka_cases('seccomp-bpf', 'seccomp-bpf', { limit => 300 });
}

# Whole writes on an older kernel, which has no RWF_NOSIGNAL.
SKIP: {
    my $refuse = probe('refuse');
    skip 'seccomp filters are not to be had here', 1 if run([ $refuse, 'EPERM', 'true' ])->{exit} != 0;
    cmocka_cases($_, "$_, refused", { limit => 300 }, $refuse, 'EPERM', wrapped()) for @writes;
}

# L6: under the shim everything works as without it.
SKIP: {
    skip 'the shim cannot be where the sanitizer or valgrind is', 1 if sanitized() || wrapped();
    cmocka_cases($_, "$_, under the shim", { limit => 300, env => { TEST_UNDER_SHIM => 1 } },
        epipe('--children=none'))
        for 'sigmask', @scopes, @processes, @writes;
}

done_testing;
