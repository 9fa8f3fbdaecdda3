#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# epipe --check PID: the verdict goes by what the process does with SIGPIPE, read from
# /proc while it stands still. Each verdict is the control of the others.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Attach qw(finish read_until start);
use EpipeTest;
use File::Copy qw(copy);
use POSIX ();
use Test::More;

my $dir = scratch();
chmod 0755, $dir;

# Starts a command that says "ready" and ends with its standard input, gives its PID
# to CODE, and ends it.
sub while_it_stands {
    my ($command, $code) = @_;
    my $program = start($command, ready => 0);
    read_until($program, qr/\n/);
    is($program->{text}, "ready\n", "@{[ map { s{.*/}{}r } @$command ]} stands still");
    $code->($program->{pid});
    finish($program);
    return;
}

sub says {
    my ($name, $pid, $exit, $verdict, @lines) = @_;
    my $result = run([ epipe('--check'), $pid ]);
    is($result->{exit}, $exit, "$name: $exit") or diag(outcome($result));
    is($result->{err}, '', "$name: nothing on standard error");
    like($result->{out}, qr/\A$pid \(\S+\): $verdict/, "$name: the verdict");
    like($result->{out}, qr/^$_/m, "$name: $_") for @lines;
    unlike($result->{out}, qr/^(?![\w \/.?()\[-]+: )/m, "$name: a word and a colon on each line");
    return;
}

my $stand = probe('idle-process');
# By an attach, where this architecture has it.
my $can = qr/supported, (?:by an attach or )?once it is started again/;
my @cases = (
    [ 'default',     0, $can,                             'SIGPIPE: default action', 'blocked: by 0 of 1', 'shim: not loaded', 'try: .*start it by epipe' ],
    [ 'ignore',      1, qr/not needed: it ignores/,      'SIGPIPE: ignored' ],
    [ 'handle',      0, qr/may be supported: its handler/, 'SIGPIPE: caught by a handler', 'try: start it by epipe --handlers=override' ],
    [ 'block',       1, qr/not needed: it blocks/,       'SIGPIPE: default', 'blocked: by 2 of 2' ],
    [ 'block-one',   0, $can,                             'blocked: by 1 of 2' ],
    [ 'raw-default', 0, $can,                             'SIGPIPE: default' ],
    [ 'first-ends',  1, qr/not needed: it blocks/,       'file: .*idle-process', 'blocked: by 1 of 1' ],
);
for my $case (@cases) {
    my ($how, $exit, $verdict, @lines) = @$case;
    while_it_stands([ $stand, $how ], sub { says($how, $_[0], $exit, $verdict, @lines) });
}

# Under the shim.
while_it_stands([ epipe('--keep=none', '--children=inherit'), $stand, 'default' ], sub {
    says('under the shim', $_[0], 1, qr/not needed: it is protected by the shim/, 'SIGPIPE: caught by the shim',
        'shim: /\S+/libepipe-preload\S*\.so', 'started with: EPIPE_KEEP=none', 'started with: EPIPE_CHILDREN=inherit');
});
{
    while_it_stands([ epipe(), $stand, 'default' ], sub {
        says('with no settings', $_[0], 1, qr/not needed/, 'started with: no setting');
    });
}
while_it_stands([ epipe('--service', '--log=off'), $stand, 'default' ], sub {
    says('settings that the shim has taken out of the environment', $_[0], 1, qr/not needed/,
        map { "started with: $_\$" } qw(EPIPE_KEEP=stages EPIPE_CHILDREN=none EPIPE_LOG=off EPIPE_SERVICE=on));
});
# Two settings and then nothing for a terabyte: an answer in 200 MB, before run() ends it.
SKIP: {
    skip 'a sanitizer takes address space of its own', 1 if sanitized();
    skip 'a process may not say where its environment is here', 1
        if run([ $stand, 'huge' ])->{exit} == 77;
    while_it_stands([ epipe(), $stand, 'huge' ], sub {
        my ($pid) = @_;
        my $result = run([ 'sh', '-c', 'ulimit -v 200000; exec "$@"', 'sh', epipe('--check'), $pid ]);
        is($result->{exit}, 1, 'a huge environment: 1') or diag(outcome($result));
        my @said = $result->{out} =~ /^started with: (.*)/mg;
        is_deeply(\@said, [ 'EPIPE_KEEP=7', 'EPIPE_ONLY=x', 'an environment that is too large to be read to its end' ],
            'the settings in what is read of it, the first of each name, as getenv() has it, and that there is more');
    });
}
while_it_stands([ epipe(), $stand, 'ignore' ], sub {
    says('under the shim, ignoring', $_[0], 1, qr/not needed: it ignores/, 'shim: /');
});
while_it_stands([ epipe(), $stand, 'raw-default' ], sub {
    says('under the shim, which it took away', $_[0], 2, qr/not supported: .* took its handler away/, 'shim: /');
});

# In so many groups that what follows them in its status is far behind.
SKIP: {
    skip 'only root can be in any groups', 1 if $> != 0;
    while_it_stands([ 'perl', '-e', '$) = join " ", 0, 1000000 .. 1001999; exec @ARGV', $stand, 'ignore' ], sub {
        says('2,000 groups', $_[0], 1, qr/not needed: it ignores/, 'SIGPIPE: ignored', 'blocked: by 0 of 1');
    });
}

# A program whose file has gone, or is a script, or is static, or hostile by its name.
my $copy = "$dir/gone\a";
copy($stand, $copy) or die "$copy: $!";
chmod 0755, $copy;
while_it_stands([ $copy, 'default' ], sub {
    unlink $copy;
    says('a deleted program', $_[0], 0, qr/supported/, 'file: \S+/gone\? \(deleted\)', 'kind: dynamic');
});
while_it_stands([ 'sh', '-c', 'echo ready; read line' ], sub {
    says('a shell', $_[0], 0, qr/supported/);
});
# A name that a terminal would obey: ESC, and CSI in one character of UTF-8.
my $bad = "$dir/\e[1m\xc2\x9b2m";
copy($stand, $bad) or die "$bad: $!";
chmod 0755, $bad;
while_it_stands([ $bad, 'default' ], sub {
    my ($pid) = @_;
    open(my $comm, '<:raw', "/proc/$pid/comm") or die "comm: $!";
    like(scalar <$comm>, qr/\e.*\xc2\x9b/, 'control: its name is hostile');
    says('a hostile name', $pid, 0, qr/supported/, 'file: \S+/\?\[1m\?\?2m$');
    unlike(run([ epipe('--check'), $pid ])->{out}, qr/[^ -~\n]/, 'a hostile name: printable ASCII');
});
SKIP: {
    my $busybox = have('busybox') or skip 'busybox is not installed', 1;
    skip 'busybox is not static here', 1 if run([ epipe('--check'), $busybox ])->{out} !~ /^kind: static/m;
    while_it_stands([ $busybox, 'sh', '-c', 'echo ready; read line' ], sub {
        my @expected = can_enter() ? (0, $can, 'try: epipe --attach') : (2, qr/not supported: .* statically/, 'try: epipe --fallback');
        says('a static program', $_[0], @expected, 'kind: static');
    });
    while_it_stands([ $busybox, 'sh', '-c', 'trap : PIPE; echo ready; read line' ], sub {
        says('a static program with a handler', $_[0], 1, qr/not needed: it has a handler for SIGPIPE$/m, 'SIGPIPE: caught');
    });
}

# In a mount namespace of its own; the control is the note's absence.
while_it_stands([ $stand, 'default' ], sub {
    unlike(run([ epipe('--check'), $_[0] ])->{out}, qr/^note:/m, 'control: in this file system');
});
SKIP: {
    my @private = ('unshare', '-m', '--');
    skip 'no mount namespace to be had', 1 if run([ @private, 'true' ])->{exit} != 0;
    while_it_stands([ @private, $stand, 'default' ], sub {
        says('another mount namespace', $_[0], 0, qr/supported/, 'note: it runs in another file system');
    });
}

# The first process of a PID namespace; the same program is endangered outside.
SKIP: {
    my @first = qw(unshare --pid --fork);
    skip 'no PID namespace to be had', 1 if run([ @first, 'true' ])->{exit} != 0;
    while_it_stands([ @first, $stand, 'default' ], sub {
        my ($inner) = split ' ', read_file("/proc/$_[0]/task/$_[0]/children");
        says('the first process of a PID namespace', $inner, 1, qr/not needed: it is the first process/, 'SIGPIPE: default action');
    });
}

# Several, each with its verdict; the exit status is that of the worst.
while_it_stands([ $stand, 'ignore' ], sub {
    my ($ignores) = @_;
    while_it_stands([ $stand, 'default' ], sub {
        for my $pids ([ $ignores, $_[0] ], [ $_[0], $ignores ]) {
            my $result = run([ epipe('--check'), @$pids ]);
            is($result->{exit}, 1, 'two processes: the worst status');
            is_deeply([ $result->{out} =~ /^(\d+) \(/mg ], $pids, 'two processes: two verdicts');
        }
        my $mixed = run([ epipe('--check'), $_[0], 'true', $ignores ]);
        like($mixed->{out}, qr/^\Q$_[0]\E \(.*^true: supported\n.*^$ignores \(/ms, 'a program among processes: its verdict');
        is($mixed->{exit}, 1, 'a program among processes: the worst status');
        is(run([ epipe('--check'), $_[0], 'no-such-program' ])->{exit}, 127, 'one that is not there: no verdict');
    });
});

# Setuid, as it was started by this user.
SKIP: {
    skip 'only root can make a program setuid for another user', 1 if $> != 0;
    skip 'under no_new_privs no program is setuid', 1 if no_new_privs();
    my $setuid = "$dir/setuid";
    copy($stand, $setuid) or die "$setuid: $!";
    chown 65534, 65534, $setuid;
    chmod 04755, $setuid;
    while_it_stands([ $setuid, 'default' ], sub {
        my @expected = can_enter() ? (0, qr/supported, by an attach$/m) : (2, qr/not supported: .* is setuid/, 'try: .*ld\.so\.preload');
        says('a setuid program', $_[0], @expected);
    });
}

# What is no process any more, or none at all.
my $ended = fork // die "fork: $!";
POSIX::_exit(0) if !$ended;
my $zombie = '';
for (1 .. 3000) {
    open(my $stat, '<', "/proc/$ended/stat") or last;
    $zombie = <$stat>;
    last if $zombie =~ /\) Z /;
    select undef, undef, undef, 0.01;
}
my $result = run([ epipe('--check'), $ended ]);
is($result->{exit}, 2, 'a zombie: 2') or diag(outcome($result));
like($result->{out}, qr/\A$ended \(\S+\): not supported: it has ended already$/, 'and why');
waitpid $ended, 0;
SKIP: {
    open(my $name, '<', '/proc/2/comm') or skip 'no process 2 here', 1;
    skip 'process 2 is no thread of the kernel here', 1 if <$name> !~ /^kthreadd$/;
    my $thread = run([ epipe('--check'), 2 ]);
    is($thread->{exit}, 2, 'a thread of the kernel') or diag(outcome($thread));
}
for my $word ($ended, '0', '00', '99999999999', '0' x 5000, '9' x 100_000) {
    my $none = run([ epipe('--check'), $word ]);
    is($none->{exit}, 125, 'no such process: 125') or diag(outcome($none));
    is($none->{err}, "epipe: $word: No such process\n", 'named in one line');
}

# Another user's.
SKIP: {
    skip 'only root can become another user', 2 if $> != 0;
    my $setpriv = have('setpriv') or skip 'setpriv is not installed', 2;
    my @nobody = ($setpriv, '--reuid', 65534, '--regid', 65534, '--clear-groups', '--');
    skip 'the build is not readable for others', 2 if run([ @nobody, epipe('--version') ])->{exit} != 0;
    while_it_stands([ $stand, 'default' ], sub {
        my ($pid) = @_;
        my $theirs = run([ @nobody, epipe('--check'), $pid ]);
        is($theirs->{exit}, 125, "another user's process: 125") or diag(outcome($theirs));
        like($theirs->{err}, qr{\Aepipe: $pid: /proc/$pid/\w+: Permission denied\n\z}, 'and what could not be read');
    });
}

# Of many words each is read with as many descriptors as of one.
my $many = shell('ulimit -n 20; exec ' . join(' ', epipe('--check'), $$, ('ls') x 40));
is(scalar(() = $many->{out} =~ /^ls: /mg), 40, 'forty words with twenty descriptors') or diag(outcome($many));

done_testing;
