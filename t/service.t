#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# --service, for a daemon whose standard output is a collector's pipe: when the collector
# goes the daemon works on, its shell's pipelines end, and what it executes is as without.
# It is keep=stages and children=none where these are not set, in whatever order.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Peer qw(pair go_away start);
use Test::More;

plan skip_all => 'the shim cannot be where the sanitizer is' if sanitized();
delete @ENV{qw(EPIPE_KEEP EPIPE_CHILDREN EPIPE_SERVICE)};

# Says on standard error what became of a line of its log, of a pipeline of its own, and of
# what a program that it executes has in its environment.
my $daemon = <<'END';
read -r go
echo "a line of the log"; echo "line: $?" >&2
while :; do echo x; done | head -n 1 >/dev/null; echo "pipeline: ${PIPESTATUS[0]}" >&2
echo "environment: $(env | grep -cE '^(EPIPE_(KEEP|CHILDREN|SERVICE)|LD_PRELOAD)=')" >&2
END

sub outlives_collector {
    my ($env, @wrapper) = @_;
    local @ENV{ keys %$env } = values %$env;
    my ($collector, $log) = pair('pipe');
    my $program = start([ @wrapper, 'bash', '-c', $daemon ], stdout => $log);
    close $log;
    go_away($collector);
    $program->say('go');
    my $result = $program->finish;
    return $result->{hung} ? 'hung' : $result->{signal} ? "signal $result->{signal}"
        : join ' ', $result->{err} =~ /^((?:line|pipeline|environment): \d+)$/mg;
}

my $lives = 'line: 1 pipeline: 141 environment: 0';
is(outlives_collector({}), 'signal 13', 'the collector goes: the daemon dies (control)');
is(outlives_collector({}, epipe()), 'signal 13', 'under epipe, too: the pipe might be a pipeline\'s');
is(outlives_collector({}, epipe('--service')), $lives, '--service: it works on');
is(outlives_collector({ EPIPE_SERVICE => 'on' }, epipe()), $lives, 'EPIPE_SERVICE=on: as well');
is(outlives_collector({ EPIPE_SERVICE => 'on', LD_PRELOAD => shim() }), $lives, 'and without the command');
is(outlives_collector({ EPIPE_SERVICE => 'off', LD_PRELOAD => shim() }), 'signal 13', 'EPIPE_SERVICE=off: not (control)');
is(outlives_collector({ EPIPE_SERVICE => 'on' }, epipe('--service=off')), 'signal 13', '--service=off goes before the variable');

# What is set itself wins, whichever comes first.
for my $command ([ epipe('--service', '--keep=stdio') ], [ epipe('--keep=stdio', '--service') ]) {
    is(outlives_collector({}, @$command), 'signal 13', "@$command[1, 2]: --keep wins");
}
for my $names ([qw(EPIPE_KEEP EPIPE_SERVICE)], [qw(EPIPE_SERVICE EPIPE_KEEP)]) {
    my %value = (EPIPE_KEEP => 'stdio', EPIPE_SERVICE => 'on', LD_PRELOAD => shim());
    my @environment = map { "$_=$value{$_}" } @$names, 'LD_PRELOAD';
    is(outlives_collector({}, 'env', @environment), 'signal 13', "@$names: EPIPE_KEEP wins");
}
is(outlives_collector({ EPIPE_SERVICE => 'on', EPIPE_KEEP => 'stdout', LD_PRELOAD => shim() }), $lives, 'in place of a bad EPIPE_KEEP the shim uses it');
like(outlives_collector({}, epipe('--service', '--children=inherit')), qr/^line: 1 .* environment: [1-9]/,
    '--children=inherit: what it executes is protected');

# And says so.
my $show = sub { return run([ epipe(@_, '--show') ])->{out} =~ s/^LD_PRELOAD.*\n//mr };
is($show->('--service'), "EPIPE_KEEP='stages'\nEPIPE_CHILDREN='none'\nEPIPE_SERVICE='on'\n", '--show says what it stands for');
is($show->('--service', '-k7'), "EPIPE_KEEP='7'\nEPIPE_CHILDREN='none'\nEPIPE_SERVICE='on'\n", 'and what goes before it');
is($show->('--service=off'), "EPIPE_SERVICE='off'\n", '--service=off stands for nothing');
my $wrong = run([ epipe('--service=yes', 'true') ]);
is($wrong->{exit} . $wrong->{err}, "125epipe: --service: 'yes' is not a value of this setting; it takes off or on\n", 'another word is refused');

done_testing;
