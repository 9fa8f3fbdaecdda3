#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# P2: nothing else changes. Programs that read and write files, pipes and sockets make,
# after start-up, the same system calls with the same arguments and results, in the same
# order, with the shim and without. Servers and their clients: t/same-calls-servers.t.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Calls;
use EpipeTest;
use Test::More;

if (my $why = why_not()) { plan skip_all => $why }

my $dir = scratch();

# A directory with the same things in it, of the same old age, for each run.
sub prepared {
    run([ 'rm', '-rf', "$dir/work" ]);
    my $made = run([ 'sh', '-ec', 'mkdir -p work/source; cd work; seq 1 50000 >source/a; seq 3000 >source/b;'
            . ' ln -s a source/link; find . -exec touch -h -d 2020-01-01 {} +' ], cwd => $dir);
    die outcome($made) if $made->{exit} != 0;
    return "$dir/work";
}

sub run_of {
    my ($how, @command) = @_;
    my $work = prepared();
    my @before = @{ $how->{before} // [] };
    for my $command (@before) {
        my $done = run($command, cwd => $work);
        die outcome($done) if $done->{exit} != 0;
    }
    return sub {
        my ($with) = @_;
        prepared();
        run($_, cwd => $work) for @before;
        my $result = run([ traced("$dir/trace", $with, @command) ], cwd => $work, stdin => $how->{stdin});
        ok(0, 'it ends well') || diag(outcome($result)) if $result->{exit} != 0;
        return calls_of("$dir/trace", %$how);
    };
}

my $perl = <<'END';
socketpair A, B, 1, 1, 0; syswrite A, "x" x 1000 for 1 .. 50; send B, "y", 0x4000;
local $SIG{PIPE} = "IGNORE"; $SIG{PIPE} = sub { }; $SIG{PIPE} = "DEFAULT";
open F, ">", "made"; print F "line $_\n" for 1 .. 5000; close F; print "out\n" x 3000;
pipe R, W; if (!fork) { close R; print W "child\n"; exit } close W; print <R>; wait; system "true"; exit 0;
END
my $python = <<'END';
import os, socket, subprocess
a, b = socket.socketpair()
for i in range(50): a.send(b'x'); b.sendmsg([b'y', b'z']); os.write(1, b'w')
with open('made', 'w') as f: f.writelines('line %d\n' % i for i in range(5000))
with open('source/a', 'rb') as f: os.sendfile(a.fileno(), f.fileno(), 0, 5000)
print(subprocess.run(['cat', 'source/b'], capture_output=True).stdout[:9])
END
my @author = (qw(git -c user.name=a -c user.email=b -c maintenance.auto=false -c gc.auto=0));
my @made = ([ 'git', 'init', '-q' ], [ 'git', 'add', 'source' ]);

my @cases = (
    [ 'cp a tree', {}, qw(cp -a --sparse=always source copy) ],
    [ 'tar to a pipe', {}, qw(tar cf - source) ],
    [ 'tar with gzip', {}, qw(tar czf archive source) ],
    [ 'perl', {}, 'perl', '-e', $perl ],
    [ 'python3', {}, 'python3', '-B', '-c', $python ],
    # The index has inode numbers in it.
    [ 'git commit', { before => \@made, replace => sub { s/tmp_obj_\w{6}/tmp_obj/g; s/"DIRC.*"/INDEX/; s/".*"(?=, 20\))/CHECKSUM/ } },
        'env', (map { "GIT_${_}_DATE=1000000000 +0000" } qw(AUTHOR COMMITTER)), @author, 'commit', '-q', '-m', 'x' ],
    [ 'git diff', { before => [ @made, [ 'cp', 'source/b', 'source/a' ] ] }, 'git', '--no-pager', 'diff' ],
    # It takes random numbers for the names and headers of its journals.
    [ 'sqlite3', { replace => sub { s/^((?:read|pwrite64)\(\d+, )".*?"(?:\.\.\.)?,/$1DATA,/ } }, 'sqlite3', 'base',
        'create table t(a); begin; insert into t values (1), (2); commit; update t set a = a + 1; select a from t' ],
);

for my $case (@cases) {
    my ($name, $how, @command) = @$case;
    my ($program) = grep { $_ ne 'env' && !/=/ } @command;
SKIP: {
        skip "$program is not installed", 1 if !have($program);
        same_calls($name, run_of($how, @command));
    }
}

done_testing;
