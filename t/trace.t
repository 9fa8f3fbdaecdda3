#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# --trace: the stack behind each line, by library and function. "What killed my daemon?"
# is answered by one run: for a real LDAP daemon whose real server has gone away, too.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use lib "$FindBin::Bin/../examples";
use EpipeTest;
use Peer;
use Test::More;

plan skip_all => "a sanitizer's own wrappers are on the stack" if sanitized();

my $only = probe('only');
my $line = qr/\S+ epipe\[\d+\]: only: thread \d+: SIGPIPE swallowed: [^\n]*\n/;
my $frame = qr/    \S+: (?:\w+)?\+0x[0-9a-f]+\n/;

# A library's exported function that writes, and one inside libc below it.
ok(died_by_sigpipe(run([ $only, 'library', 'write' ])), 'control: dies without epipe');
like(run([ epipe('--log=stderr'), $only, 'library', 'write' ])->{err}, qr/\A$line\z/, 'control: --log alone, one line');
for my $how (qw(write dprintf syscall stdio)) {
    my $traced = run([ epipe('--trace'), $only, 'library', $how ]);
    is($traced->{out}, "$how: -1 EPIPE\n", "$how: the program lives");
    like($traced->{err}, qr/\A$line$frame+\z/, "$how: a line and its frames") or next;
    my @frames = $traced->{err} =~ /^    (.*)\+0x/mg;
    unlike("@frames", qr/libepipe-preload|sigaction|restore_rt/, "$how: without the handler's and the shim's own");
    my ($top) = $traced->{err} =~ /^    (.*)$/m;
    like($top, $how eq 'syscall' ? qr/^libc\S*: syscall\+/ : qr/^libc\S*: /, "$how: the innermost is in libc");
    like("@frames", qr/libepipewriter\.so: library_writes .*only: /, "$how: up through the library to the program");
}
is(run([ epipe('--trace', '--log=off'), $only, 'library', 'write' ])->{err} =~ tr/\n//,
    run([ epipe('--trace'), $only, 'library', 'write' ])->{err} =~ tr/\n//, 'without --log it is standard error');
my $log = scratch() . '/log';
is(run([ epipe('--trace', "--log=$log"), $only, 'library', 'write' ])->{err}, '', 'with --log it is there');
open(my $fh, '<', $log) or die "$log: $!";
like(join('', <$fh>), qr/\A$line$frame+\z/, 'and is the same');

# The offset is what a debugger makes of it: of the function in a library, and of the file
# where there is no symbol. The call of library_writes is behind the beginning of main,
# which nm knows and the dynamic symbols do not.
SKIP: {
    skip 'nm (binutils) is not installed', 2 if !have('nm');
    my %symbol = map { /^([0-9a-f]+) ([0-9a-f]+) T (\w+)$/ ? ($3 => [ hex $1, hex $2 ]) : () }
        split /\n/, run([ 'nm', '-S', $only ])->{out} . run([ 'nm', '-S', "$BUILD/t/probe/.libs/libepipewriter.so" ])->{out};
    my $text = run([ epipe('--trace'), $only, 'library', 'syscall' ])->{err};
    my ($offset) = map { hex } $text =~ /library_writes\+0x([0-9a-f]+)/;
    ok($offset > 0 && $offset <= $symbol{library_writes}[1], 'an offset in the function');
    ok((grep { $_ > $symbol{main}[0] && $_ <= $symbol{main}[0] + $symbol{main}[1] } map { hex } $text =~ /only: \+0x([0-9a-f]+)/g),
        'an offset in the file') or diag($text);
}

# Where there is little stack, in children, in many threads: the program lives.
dies_then_lives("$_, traced", [ probe('context'), $_ ], qr/^$_: ok$/m, options => ['--trace'])
    for qw(small quiet);
is(run([ epipe('--trace'), probe('context'), 'vfork' ])->{out}, "vfork: ok\n", 'vfork, traced');
is(run([ epipe('--trace'), probe('repeat'), 'threads', 500 ])->{exit}, 0, 'threads, traced');

# The daemon.
SKIP: {
    my $daemon = "$BUILD/examples/ldap-daemon";
    skip 'no LDAP server is unpacked; ./bootstrap fetches one', 6 if !-e "$BUILD/servers/.complete";
    skip 'libldap was not there at configure time', 6 if !-x $daemon;
    require Slapd;
    my $slapd = eval { Slapd->new(servers => "$BUILD/servers") } or skip "no LDAP server: $@", 6;
    my $converse = sub {
        my $program = start([ @_, $daemon, $slapd->uri('ldap'), $slapd->base ]);
        $program->say('user1');
        $program->expect(qr/^user1: Surname1/m);
        $slapd->restart;
        $program->say('user2');
        $program->expect(qr/^user2: /m);
        return $program->finish;
    };
    my $without = $converse->();
    ok(died_by_sigpipe($without), 'control: the LDAP daemon dies') or diag(outcome($without));
    my $with = $converse->(epipe('--trace'));
    like($with->{out}, qr/^user2: Surname2/m, 'with --trace it lives') or diag(outcome($with));
    my ($port) = $slapd->uri('ldap') =~ /:(\d+)$/;
    my ($what, $stack) = $with->{err} =~ /^(\S+ epipe\[\d+\]: ldap-daemon: [^\n]*)\n((?:    [^\n]*\n)+)/;
    like($what, qr/write on descriptor \d+ \(socket:\[\d+\] tcp 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:$port\), called from liblber/,
        'it names the connection, and the library that wrote to it');
    my @frames = ($stack // '') =~ /^    (.*)\+0x/mg;
    like($frames[0], qr/^libc\S*: (?:__)?write$/, 'the stack begins with the write');
    like("@frames", qr/liblber\S*: ber_\w+ .*libldap\S*: ldap_search_ext ldap-daemon: /,
        'and leads through liblber and libldap to the daemon: ldap_search_ext is what met it') or diag($with->{err});
    unlike($with->{err}, qr/^    libepipe-preload/m, 'and not to the shim');
}

done_testing;
