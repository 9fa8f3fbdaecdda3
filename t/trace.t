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

my $only = probe('option-only');
my $line = qr/\S+ epipe\[\d+\]: option-only: thread \d+: SIGPIPE swallowed: [^\n]*\n/;
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
    like($top, $how eq 'syscall' ? qr/^libc\S*: syscall\+/ : qr/^libc\S*: \w+\+/, "$how: the innermost is a function of libc's");
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
    ok((grep { $_ > $symbol{main}[0] && $_ <= $symbol{main}[0] + $symbol{main}[1] } map { hex } $text =~ /option-only: \+0x([0-9a-f]+)/g),
        'an offset in the file') or diag($text);
}

# Where there is little stack, in children, in many threads: the program lives, and all of
# its stack is told.
my $any_line = qr/\S+ epipe\[\d+\]: [\w-]+: thread \d+: SIGPIPE swallowed: [^\n]*\n/;
for my $where (qw(small quiet)) {
    ok(died_by_sigpipe(run([ probe('context'), $where ])), "$where: control dies by SIGPIPE");
    my $traced = run([ epipe('--trace'), probe('context'), $where ]);
    is($traced->{out}, "$where: ok\n", "$where, traced: lives") or diag(outcome($traced));
    like($traced->{err}, qr/\A$any_line(?:$frame)*    context: \+0x/, "$where: and is traced");
}
like(run([ probe('context'), 'vfork' ])->{err}, qr/a child that lives/, 'vfork: control loses its child');
my $vfork = run([ epipe('--trace'), probe('context'), 'vfork' ]);
is($vfork->{out}, "vfork: ok\n", 'vfork, traced: child and parent live') or diag(outcome($vfork));
like($vfork->{err}, qr/\A$any_line(?:$frame)*    context: (?:(?!\n\S).)*\n$any_line(?:$frame)*    context: [^\n]*\n(?:$frame)*\z/s,
    'vfork: and both are traced') or diag($vfork->{err});
ok(died_by_sigpipe(run([ probe('many-writes'), 'threads', 500 ])), 'threads: control dies by SIGPIPE');
my $threads = run([ epipe('--trace'), probe('many-writes'), 'threads', 500 ]);
is($threads->{exit}, 0, 'threads, traced: live') or diag(outcome($threads));
like($threads->{err}, qr/^    many-writes: \+0x/m, 'threads: and are traced');

# A stack that is longer than what is told of it ends in dots.
my $deep = run([ epipe('--trace'), probe('log-context'), 'deep' ]);
is($deep->{out}, "deep: ok\n", 'a deep stack: lives') or diag(outcome($deep));
like($deep->{err}, qr/\A$any_line(?:$frame){30,}    \.\.\.\n\z/, 'its innermost frames, and dots');

# A library with the older hash table, as those of old distributions and of musl have it.
SKIP: {
    skip 'readelf (binutils) is not installed', 1 if !have('readelf');
    unlike(run([ 'readelf', '-d', "$BUILD/t/probe/.libs/libepipesysv.so" ])->{out}, qr/GNU_HASH/, 'control: no other hash table');
}
like(run([ epipe('--trace'), $only, 'sysv', 'write' ])->{err}, qr/^    libepipesysv\.so: library_writes\+0x/m,
    'the older hash table: the function is found');

# Code that is in no file: its address is all there is to be told.
SKIP: {
    my $made = run([ epipe('--trace'), probe('log-context'), 'made' ]);
    skip 'no such code for this architecture', 4 if $made->{exit} == 77;
    ok(died_by_sigpipe(run([ probe('log-context'), 'made' ])), 'made code: control dies by SIGPIPE');
    is($made->{out}, "made: ok\n", 'made code: lives') or diag(outcome($made));
    like($made->{err}, qr/\A$any_line    \?: 0x[0-9a-f]+\n/, 'made code: the address');
    unlike($made->{err}, qr/called from/, 'made code: it is in no library');
}

# A child that was forked among threads may have inherited the unwinder's lock, held by one
# of them: it has its caller told, and no more.
my $note = qr/    \(the rest of the stack cannot be told here\)\n/;
my ($child, $amid) = map { run([ epipe('--trace'), probe('log-context'), $_ ]) } qw(child amid);
is("$child->{out}$amid->{out}", "child: ok\namid: ok\n", 'forked children live') or diag(outcome($amid));
like($child->{err}, qr/\A$any_line(?:$frame){3,}\z/, 'control: one that was forked without another thread is traced');
like($amid->{err}, qr/\A$any_line    log-context: \+0x[0-9a-f]+\n$note\z/, 'one that was forked among threads: its caller') or diag($amid->{err});

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
