#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Completion in a real bash, with the bash-completion package and without it: every
# option of --help, the values, then the program and its own words. The tables for zsh and
# fish have every option, and which of them take a value.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

my $file = "$SOURCE/extras/bash-completion/epipe";
my ($package) = grep { -e } '/usr/share/bash-completion/bash_completion';
my $dir = scratch();
open(my $marker, '>', "$dir/log file") or die "$dir: $!";

# What is offered for these words, the last of which is being typed; sorted.  As
# readline calls the function, with = in a word of its own; and where it offers nothing
# after a compopt -o default, readline completes file names.
sub offered {
    my ($with, @words) = @_;
    my $script = ($with ? "source $package;" : '') . <<'BASH';
source "$1"; shift
complete -p epipe | grep -q -- '-F _epipe' || exit 9
compopt() { [[ " $* " != *" default "* ]] || default=files; }    # works in a running completion only
COMP_WORDS=(epipe "$@"); COMP_CWORD=$#; COMP_LINE="epipe $*"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
_epipe "$BUILD/epipe" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
[[ ${#COMPREPLY[@]} != 0 || -z ${default-} ]] || mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
printf '%s\n' "${COMPREPLY[@]}"
BASH
    my $result = run([ 'bash', '--norc', '-c', $script, 'bash', $file, @words ],
        env => { BUILD => $BUILD, HOME => $dir, EPIPE_KEEP => undef });
    is($result->{err}, '', "no complaint: @words") if $result->{err} ne '';
    my %words = map { s/ +$//r => 1 } grep { $_ ne '' } split /\n/, $result->{out};
    return sort keys %words;
}

my $help = run([ epipe('--help') ])->{out};
my @options = sort map { /-., (--[a-z-]+=?)/g } $help =~ /^(  -.*)/mg;
cmp_ok(scalar @options, '>=', 8, 'control: --help lists options');
my %listed = map { s/=$//r => 1 } @options;
is_deeply([ grep { !$listed{$_} } $help =~ /(--[a-z][a-z-]*)/g ], [], 'all that it names');

# "-k --keep =", where the mark is = for a value, [ for one that may be left out.
my @table = sort map { my @found; push @found, "$1 $2 $3" while /(-.), (--[a-z-]+)(\[?=?)/g; map { s/\[=/[/r } @found }
    $help =~ /^(  -.*)/mg;
is(scalar @table, scalar @options, 'control: the table of --help');
my %shell = (zsh => 'zsh-completion/_epipe', fish => 'fish-completion/epipe.fish');
my $zsh = read_file("$SOURCE/extras/$shell{zsh}");
my %mark = ('=' => '=', '=-' => '[', '' => '');
is_deeply([ sort map { /^(-.)(\+?),(--[a-z-]+)(=?-?)$/ ? "$1 $3 $mark{$4}" : $_ } $zsh =~ /\{(-[^}\s]*)\}'/g ], \@table, 'zsh: its table');
my @fish = read_file("$SOURCE/extras/$shell{fish}") =~ /^complete -c epipe (-s .*)/mg;
is_deeply([ sort map { /^-s (.) -l (\S+)( -[xr] )?/ ? "-$1 --$2 " . ($3 ? '=' : '') : $_ } @fish ], [ map { s/\[//r } @table ], 'fish: its table');
for my $shell (sort keys %shell) {
  SKIP: {
        skip "$shell is not installed", 1 if !have($shell);
        is(outcome(run([ $shell, '-n', "$SOURCE/extras/$shell{$shell}" ])), 'exit 0', "$shell: it is sound");
    }
}
SKIP: {
    skip 'fish is not installed', 9 if !have('fish');
    my $offers = sub { run([ 'fish', '-c', 'source $argv[1]; complete -C "epipe $argv[2]"', "$SOURCE/extras/$shell{fish}", $_[0] ], env => { HOME => $dir })->{out} };
    is($offers->('--handlers=') =~ s/\t.*//mgr, "--handlers=override\n--handlers=respect\n", 'fish: values');
    is($offers->("--$_=") =~ s/\t.*//mgr, join('', map { "--$_\n" } @{ { list => ['list=all'], show => ['show=systemd'] }->{$_} // [ "$_=off", "$_=on" ] }),
        "fish: the values of --$_, which may be left out") for qw(trace summary service list show);
    like($offers->("$_ mkfif"), qr/^mkfifo\b/m, "fish: the program behind $_") for qw(--service --trace -S --show);
}
# What zsh makes of the line, at the end of which completion is asked for once.
SKIP: {
    skip 'zsh is not installed', 4 if !have('zsh');
    my $script = <<'ZSH';
zmodload zsh/zpty && zpty z zsh -f -i || exit 77
zpty -w z "fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; bindkey -e"
zpty -w z "try() { zle complete-word; print -r -- \$BUFFER >$2; print RE''ADY }; zle -N try; bindkey '^I' try"
zpty -w -n z "epipe $3"$'\t'
zpty -r -m z out '*READY*'
zpty -d z
ZSH
    # No epipe is called, and a sanitizer's library in zsh makes it wait for itself.
    my $completed = sub {
        write_file("$dir/completed", '');
        my $result = run([ 'zsh', '-f', '-c', $script, 'zsh', "$SOURCE/extras/zsh-completion", "$dir/completed", $_[0] ],
            env => { HOME => $dir, LD_PRELOAD => undef }, limit => 60);
        $result->{exit} == 0 or diag(outcome($result));
        return read_file("$dir/completed") =~ s/^epipe //r;
    };
    is($completed->('mkfif'), "mkfifo \n", 'zsh: a program (control)');
    is($completed->('--attach --ke'), "--attach --keep=\n", 'zsh: an option behind --attach');
    is($completed->($_), "$_\n", "zsh: no program: $_") for '--attach mkfif', '-d 1 mkfif';
}
if (!have('bash')) {
    SKIP: { skip 'bash is not installed', 1 }
    done_testing;
    exit;
}

for my $with (0, 1) {
    my $how = $with ? 'with bash-completion' : 'plain bash';
    SKIP: {
        skip 'bash-completion is not installed', 1 if $with && !$package;
        my $is = sub {
            my ($words, @expected) = @_;
            is_deeply([ offered($with, @$words) ], [ sort @expected ], "$how: epipe @$words");
        };
        $is->(['-'], @options);
        $is->(['--'], @options);
        $is->([ '--keep=none', '--han' ], '--handlers=');
        $is->(['--nonsense']);
        $is->([ '--keep', '=' ],               qw(stdio stages inherited none));
        $is->([ '--keep', '=', 'n' ],          'none');
        $is->([ '--keep', 'st' ],              'stdio', 'stages');
        $is->([ '--keep', '=', '7,' ],         '7,stdio', '7,stages', '7,inherited');
        $is->(['--keep=n'],                    '--keep=none');
        $is->([ '-k', '' ],                    qw(stdio stages inherited none));
        $is->([ '-sk', 'n' ],                  'none');
        $is->([ '--handlers', '=', '' ],       qw(respect override));
        $is->([ '--children', '=', '' ],       qw(inherit none));
        $is->([ '-c', 'i' ],                   'inherit');
        $is->([ '--fallback', '=', '' ],       qw(refuse ignore)) if $help =~ /--fallback/;
        $is->([ '--give-up', '=', 'o' ],       'off') if $help =~ /--give-up/;
        $is->([ '--trace', '=', '' ],          qw(on off));
        $is->([ '--summary', '=' ],            qw(on off));
        $is->(['--trace=of'],                  '--trace=off');
        is_deeply([ offered($with, @$_, 'mkfif') ], ['mkfifo'], "$how: epipe @$_ mkfif")
            for ['--trace'], ['-t'], [ '--trace', '=', 'off' ];
        $is->([ '--log', '=', '' ],            qw(off stderr syslog));
        $is->([ '--log', '=', "$dir/l" ],      "$dir/log file");
        my @libraries = offered($with, '--only', '=', 'libc.s');
        is_deeply(\@libraries, ['libc.so*'], "$how: a library") if have('ldconfig');

        # The program, wherever the options end.
        for my $before ([], [ '--keep', '=', 'none' ], [ '-k', 'none' ], ['-knone'], [ '-s', '--' ]) {
            my @commands = offered($with, @$before, 'mkfif');
            is_deeply(\@commands, ['mkfifo'], "$how: epipe @$before mkfif");
        }
        is_deeply([ offered($with, '--check', $$) ], [$$], "$how: --check takes a process") if $help =~ /--check/;
        is_deeply([ offered($with, @$_, $$) ], [$$], "$how: epipe @$_ takes processes") for ['--attach'], ['-d'], [ '-a', 1 ];
        $is->([ '--list', '=' ],               'all');
        $is->([ '--show', '=' ],               'systemd');
        is_deeply([ offered($with, @$_, $$) ], [$$], "$how: epipe @$_ takes further ones") for [ '--check', 1 ], [ '-C', 1, 2 ];
        is_deeply([ offered($with, '--check', 1, 'mkfif') ], ['mkfifo'], "$how: and programs");
        ok(!(grep { $_ eq $$ } offered($with, '--check', 'true', $$)), "$how: control: behind a program it does not");
        ok(!(grep { $_ eq $$ } offered($with, $$)), "$how: control: which is nothing to run");

        # Its own words, among which epipe's options are none.
        my @own = offered($with, '--log', '=', 'off', 'epipe-test', "$dir/l");
        is_deeply(\@own, ["$dir/log file"], "$how: the program's words are files");
    }
}

SKIP: {
    skip 'bash-completion is not installed', 2 if !$package;
    my @options_of = offered(1, '-k', 'none', 'env', '--unse');
    ok((grep { /^--unset/ } @options_of), "with bash-completion: the program's own completion is called")
        or diag("@options_of");
    is_deeply([ offered(0, '-k', 'none', 'env', '--unse') ], [], 'control: which plain bash does not have');
}

done_testing;
