#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The epipe command: options, exit statuses, messages that name the offending
# word, and targets that take no preload object.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use POSIX ();
use Test::More;

my $shim = shim();
my $dir = scratch();

sub script { my ($name, @text_and_mode) = @_; return write_file("$dir/$name", @text_and_mode) }

# Exit statuses, as env and timeout have them.
is(run([ epipe(), 'true' ])->{exit}, 0, 'the status of a program that succeeds');
is(run([ epipe(), 'sh', '-c', 'exit 42' ])->{exit}, 42, 'and of one that fails');
is(run([ epipe(), 'sh', '-c', 'kill -TERM $$' ])->{signal}, 15, 'and of one that is killed');
my $no_program = run([ epipe() ]);
is($no_program->{exit}, 125, 'no program: 125');
like($no_program->{err}, qr/^epipe: no program given.*\n\z/, 'and one line');
my $missing = run([ epipe(), 'no-such-program' ], env => { PATH => '/usr/bin:/bin' });
is($missing->{exit}, 127, 'a program that is not found: 127');
is($missing->{err}, "epipe: no-such-program: No such file or directory\n", 'named in one line');
for my $case ([ 'a file that may not be executed', script('plain', "#!/bin/sh\n", 0644) ],
    [ 'a directory', $dir ])
{
    my $result = run([ epipe(), $case->[1] ]);
    is($result->{exit}, 126, "$case->[0]: 126");
    is($result->{err}, "epipe: $case->[1]: Permission denied\n", 'named in one line');
}
is(run([ epipe(), '--', 'sh', '-c', 'exit 3' ])->{exit}, 3, '-- ends the options');
is(run([ epipe(), 'sh', '-c', 'exit $#', 'sh', '--keep=none', '-s' ])->{exit}, 2,
    "the program's own options are its own");
is(run([ epipe(), 'echo', "a b", '*' ])->{out}, "a b *\n", 'arguments arrive as they are');

# No process stays between.
my $pid_of = 'print getppid() == $ENV{PARENT} ? "child" : "grandchild"';
is(run([ 'perl', '-e', '$ENV{PARENT} = $$; exit system @ARGV', epipe(), 'perl', '-e', $pid_of ])->{out},
    'child', 'the program takes the place of epipe');

# Help and version.
my $help = run([ epipe('--help') ]);
is($help->{exit}, 0, '--help succeeds');
is(run([ epipe('-h') ])->{out}, $help->{out}, '-h is the same');
my @lines = split /\n/, $help->{out};
cmp_ok(scalar @lines, '<=', 24, '--help fits one screen');
is(scalar(grep { length > 80 } @lines), 0, 'of 80 columns');
like($help->{out}, qr/--$_\b/, "--help names --$_")
    for qw(keep only handlers children log trace summary give-up service fallback check attach detach list show self-test help version);
like(run([ epipe('--version') ])->{out}, qr/^epipe \(libepipe\) \d+\.\d+\.\d+$/, '--version');
my $full = shell(join(' ', epipe('--help')) . ' >/dev/full');
is($full->{exit}, 125, 'output that cannot be written is a failure');

script('file', '', 0644);

# Bad values: 125, the word and what would be right, before anything is run.
my @bad = (
    [ '--keep=stdout',       qr/--keep: 'stdout' is not a descriptor number; .*none/ ],
    [ '--keep=1,x',          qr/--keep: 'x' is not/ ],
    [ '--keep=',             qr/--keep: '' has an empty entry/ ],
    [ '-k1,,2',              qr/--keep: '1,,2' has an empty entry/ ],
    [ '--keep=99999999999',  qr/--keep: '99999999999' is not/ ],
    [ '--only=a,',           qr/--only: 'a,' has an empty entry/ ],
    [ '--only=/lib/x.so',    qr/--only: .* no directories/ ],
    [ '--handlers=ignore',   qr/--handlers: 'ignore' is not .*respect or override/ ],
    [ '--children=all',      qr/--children: 'all' is not .*inherit or none/ ],
    [ '--log=file.log',      qr/--log: 'file\.log' is not .*absolute path/ ],
    [ '--fallback=no',       qr/--fallback: 'no' is not .*refuse or ignore/ ],
    [ '--fallback=',         qr/--fallback: '' is not .*refuse or ignore/ ],
    [ '--log=',              qr/--log: '' is not .*absolute path/ ],
    [ "--log=$dir",          qr/--log: '\Q$dir\E' is a directory; it takes/ ],
    [ "--log=$dir/",         qr/--log: '\Q$dir\E\/' is a directory/ ],
    [ "--log=$dir/none/log", qr/--log: '\Q$dir\E\/none\/log' is in a directory that does not exist/ ],
    [ "--log=$dir/file/log", qr/--log: '\Q$dir\E\/file\/log' is in a directory that does not exist/ ],
    [ '--trace=yes',         qr/--trace: 'yes' is not .*off or on/ ],
    [ '--summary=',          qr/--summary: '' is not .*off or on/ ],
    [ '--give-up=',          qr/--give-up: '' is not a number of writes; it takes off or a number up to 1000000/ ],
    [ '--give-up=x1',        qr/--give-up: 'x1' is not a number/ ],
    [ '-g-1',                qr/--give-up: '-1' is not a number/ ],
    (map { [ "--give-up=$_", qr/--give-up: '$_' is too large; .*1000000/ ] } 1000001, 300000000, '9' x 30),
    [ '--list=some',         qr/--list: 'some' is not a value of this option; it takes all/ ],
    [ '--nonsense',          qr/'--nonsense' is no option; 'epipe --help' lists them/ ],
    [ '--s',                 qr/'--s' is short for more than one option; / ],
    [ '-xt',                 qr/'-x' is no option; / ],
    [ '--check=x',           qr/--check takes no value; 'epipe --help' lists the options/ ],
    [ "--\e[1m\xe9",         qr/'--\?\[1m\?' is no option; / ],
);
for my $case (@bad) {
    my ($option, $message) = @$case;
    my $result = run([ epipe($option), 'echo', 'ran' ]);
    is($result->{exit}, 125, "$option: 125");
    like($result->{err}, qr/\Aepipe: $message.*\n\z/, "$option: one line that names it");
    is($result->{out}, '', "$option: nothing is run");
}
# Long options may be cut short where they are unique.
{
    my $short = run([ epipe('--ke=7', '--han', 'override', '--sho') ])->{out};
    like($short, qr/^EPIPE_KEEP='7'\nEPIPE_HANDLERS='override'\n/, 'options cut short');
}

# A variable that is no setting: a line, and the program is run. The shim says nothing.
for my $case ([ EPIPE_KEEPS => 'none', "epipe: EPIPE_KEEPS is no setting of epipe's, see epipe(1)\n" ], [ EPIPE_KEEP => 'none', '' ]) {
    my ($name, $value, $line) = @$case;
    my $result = run([ epipe(), 'echo', 'ran' ], env => { $name => $value });
    is("$result->{exit} $result->{out}$result->{err}", "0 ran\n$line", "$name: " . ($line ? 'a line' : 'none (control)'));
    my $shim = run([ 'echo', 'ran' ], env => { $name => $value, LD_PRELOAD => join ':', grep { defined && length } $ENV{LD_PRELOAD}, $shim });
    is($shim->{err}, '', "$name: none from the shim") or diag($shim->{err});
}

# What some process may write to is taken, whatever this one may.
is(run([ epipe("--log=$_"), 'true' ])->{exit}, 0, "--log=$_ is taken")
    for "$dir/new", "$dir/file", '/dev/null';
my @nobody = $> == 0 ? ('setpriv', '--reuid=65534', '--clear-groups') : ();
# Where a directory in PATH cannot be searched nobody knows what is in it: as env has it.
SKIP: {
    my $hidden = "$dir/hidden";
    mkdir $hidden, 0;
    chmod 0755, $dir;
    my $search = sub { run([ @nobody, @_, 'no-such-program' ], env => { PATH => "$hidden:/usr/bin:/bin" }) };
    skip 'setpriv (util-linux) is not to be had', 2
        if @nobody && run([ @nobody, epipe('--version') ])->{exit} != 0;
    my ($env, $epipe) = ($search->('env'), $search->(epipe()));
    is($env->{exit}, 126, 'control: a directory that may not be searched: env has 126')
        or diag(outcome($env));
    is($epipe->{exit}, 126, 'and so has epipe') or diag(outcome($epipe));
    rmdir $hidden;
}
SKIP: {
    my $closed = "$dir/closed";
    mkdir $closed, 0500;
    skip 'setpriv (util-linux) is not to be had', 1
        if @nobody && run([ @nobody, epipe('--version') ])->{exit} != 0;
    is(run([ @nobody, epipe("--log=$closed/log"), 'true' ])->{exit}, 0,
        'a directory that may not be written to: the program may have other rights when it writes');
}

my $by_variable = run([ epipe(), 'echo', 'ran' ], env => { EPIPE_HANDLERS => 'no' });
is($by_variable->{exit}, 125, 'a bad variable: 125');
like($by_variable->{err}, qr/^epipe: EPIPE_HANDLERS: 'no' is not/, 'and it is named');
is(run([ epipe('--handlers=respect'), 'true' ], env => { EPIPE_HANDLERS => 'no' })->{exit}, 0,
    'an option goes before its variable');

# --show prints what a shell can read, and what would be set.
my $show = run([ epipe('--show', '--keep=stdio,7', '-o', 'lib*,x', '-H', 'override', '-c', 'none', '-l', "/tmp/it's", '-t', '-S', '-g', '7') ]);
is($show->{exit}, 0, '--show succeeds');
my @settings = split /\n/, shell("eval \"\$(cat)\"; printf '%s\\n' \"\$EPIPE_KEEP\" \"\$EPIPE_ONLY\" "
        . '"$EPIPE_HANDLERS" "$EPIPE_CHILDREN" "$EPIPE_LOG" "$LD_PRELOAD" "$EPIPE_TRACE" "$EPIPE_SUMMARY"'
        . ' "$EPIPE_GIVE_UP"',
    stdin => $show->{out}, env => { LD_PRELOAD => undef })->{out};
$settings[5] =~ s/.*:// if sanitized();
is_deeply(\@settings, [ 'stdio,7', 'lib*,x', 'override', 'none', "/tmp/it's", $shim, 'on', 'on', 7 ],
    '--show prints shell assignments');
for my $case ([ '-t', 'on' ], [ '--trace', 'on' ], [ '--trace=on', 'on' ], [ '--trace=off', 'off' ]) {
    my ($option, $value) = @$case;
    my %other = (on => 'off', off => 'on');
    like(run([ epipe('--show', $option) ], env => { EPIPE_TRACE => $other{$value} })->{out},
        qr/^EPIPE_TRACE='$value'$/m, "$option where the variable has it $other{$value}");
}
like(run([ epipe('-sS', '--summary=off') ])->{out}, qr/^EPIPE_SUMMARY='off'$/m, '--summary=off after -S');
is(run([ epipe('-t'), 'echo', 'on' ])->{out}, "on\n", "-t takes no value from the next word");

# Another copy of the shim by the same name gives way to ours; what else there is stays.
{
    my ($copy, $other) = ("$dir/libepipe-preload.so", "$dir/other-libepipe-preload.so");
    my $preload = sub {
        my ($before) = @_;
        my ($value) = run([ epipe('--show') ], env => { LD_PRELOAD => $before })->{out} =~ /^LD_PRELOAD='(.*)'/m;
        return $value;
    };
    my @sanitizer = sanitized() ? ($ENV{LD_PRELOAD}) : ();
    my $is = sub {
        my ($before, $after, $name) = @_;
        is($preload->(join ':', @sanitizer, $before), join(':', @sanitizer, $after), $name);
    };
    run([ 'cp', $shim, $copy ]);
    symlink $shim, $other;
    $is->($copy, $shim, 'a copy of the shim is replaced');
    $is->("$other:$copy", "$other:$shim", 'another file stays, at its place');
    $is->("$copy $other", "$other:$shim", 'also behind a blank');
    $is->('libepipe-preload.so', $shim, 'a name without directories is replaced');
    $is->("$shim:$other", "$shim:$other", 'control: the shim itself stays where it is');
    unlink $other;
    SKIP: {
        skip 'a sanitizer must come first in LD_PRELOAD', 2 if sanitized();
        my @write = (probe('broken'), 'write', 'unix');
        my $both = run([@write], env => { LD_PRELOAD => "$copy:$shim", EPIPE_SUMMARY => 'on' });
        is(() = $both->{err} =~ /summary/g, 2, 'control: two copies both write a summary')
            or diag(outcome($both));
        my $one = run([ epipe('-S'), @write ], env => { LD_PRELOAD => $copy });
        is(() = $one->{err} =~ /summary/g, 1, 'under epipe there is one');
    }
}

# Targets that the shim cannot be loaded into.
sub refuses {
    my ($name, $command, $why, $prefix) = @_;
    my $result = run([ @{ $prefix // [] }, epipe(), @$command ]);
    is($result->{exit}, 125, "$name: 125");
    like($result->{err}, qr/^epipe: .*$why.*\n\z/, "$name: one line says why");
    return;
}

SKIP: {
    my $static = "$dir/static";
    my $source = script('static.c', "int main(void) { return 7; }\n", 0644);
    my $cc = $ENV{TEST_CC} // 'cc';
    my $built = run([ split(' ', $cc), '-static', '-o', $static, $source ]);
    skip "no static program can be built here: $built->{err}", 7 if !-x $static;
    is(run([$static])->{exit}, 7, 'control: the static program runs by itself');
    # Where it cannot be entered: it is traced already.
    my @traced = can_enter() ? (probe('kill-at'), 1000000) : ();
    my $why = can_enter() ? 'is statically linked, and cannot be traced' : 'is statically linked';
    is(run([ epipe(), $static ])->{exit}, 7, 'and is entered by epipe') if can_enter();
    for my $case ([ 'a static program', $static ],
        [ 'a script of a static interpreter', script('of-static', "#! $static -x\n", 0755) ], [ 'a static program in PATH', 'static' ])
    {
        local $ENV{PATH} = "$dir:$ENV{PATH}";
        refuses($case->[0], [ $case->[1] ], $why, [@traced]);
    }
}
SKIP: {
    skip 'only root can make a program setuid for another user', 3 if $> != 0;
    skip 'under no_new_privs no program is setuid', 3 if no_new_privs();
    my $setuid = "$dir/setuid";
    run([ 'cp', '/bin/true', $setuid ]);
    chown 65534, 65534, $setuid;
    chmod 04755, $setuid;
    is(run([$setuid])->{exit}, 0, 'control: the setuid program runs by itself');
    refuses('a setuid program', [$setuid], 'is setuid or setgid');
}
refuses('a program for another machine', [ foreign_elf() ], 'another architecture or word size');

# The head of an ELF program of the other class, for a machine of long ago.
sub foreign_elf {
    my $class = length(pack 'p', 0) == 8 ? 1 : 2;
    my $text = pack('C16', 0x7f, 0x45, 0x4c, 0x46, $class, 1, 1) . pack('v2V', 2, 7, 1) . "\0" x 64;
    return script('foreign', $text, 0755);
}

# What is neither ELF nor a script is the shell's, as for execvp.
is(run([ epipe(), script('no-shebang', "exit 9\n", 0755) ])->{exit}, 9, 'a script without #!');
is(run([ epipe(), script('loop', "#!$dir/loop\n", 0755) ])->{exit}, 126, 'a script that is its own interpreter');

done_testing;
