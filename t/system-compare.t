#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# What make check-system goes by, on made-up systems: qa/system/compare finds what differs
# with the shim only, leaves out what differs by itself, and misses no control; and
# qa/system/manifest sees every kind of change to a file.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use File::Path qw(make_path remove_tree);
use Test::More;

my $dir = scratch();
my $tools = "$SOURCE/qa/system";

sub put {
    my ($path, @lines) = @_;
    return write_file("$dir/$path", join '', map { "$_\n" } @lines);
}

# --- compare

my %good = (
    steps   => [ [ 'install', 0, '=', 0 ], [ 'yes', 141, '=', 141 ], [ 'control-daemon', 1, 0, 1 ] ],
    files   => { '/bin' => [ qw(dir 0755 0:0 - - - - -) ], '/bin/a' => [ qw(file 0755 0:0 1 10 aaaa ssss -) ],
        '/log' => [ qw(file 0644 0:0 1 20 llll shape -) ], '/key' => [ qw(file 0600 0:0 1 30 kkkk xxxx -) ],
        '/link' => [ qw(link 0777 0:0 1 - - - bin/a) ] },
);

# The four, each changed by what CHANGES has under its name.
sub systems {
    my (%changes) = @_;
    for my $name (qw(plain1 plain2 shim bad)) {
        my @steps = map { [@$_] } @{ $good{steps} };
        my %files = map { ($_ => [ @{ $good{files}{$_} } ]) } keys %{ $good{files} };
        $files{'/log'}[5] = "log-$name";
        if ($name eq 'plain2') { @{ $files{'/key'} }[ 4 .. 6 ] = (31, 'other', 'yyyy') }
        if ($name eq 'shim') {
            @{ $files{'/key'} }[ 4 .. 6 ] = (32, 'another', 'zzzz');
            $steps[2][3] = 0;
            $files{'/preload'} = [ qw(file 0644 0:0 1 5 pppp pppp -) ];
        }
        if ($name eq 'bad') { pop @steps; $steps[1][3] = 1 }
        $changes{$name}->(\%files, \@steps) if $changes{$name};
        make_path("$dir/$name");
        put("$name/status", map { join "\t", @$_ } @steps);
        put("$name/manifest", map { join "\t", $_, @{ $files{$_} } } sort keys %files);
    }
    put('expected', '# what has to differ', '/pre*');
    return;
}

sub compared {
    my (%changes) = @_;
    systems(%changes);
    return run([ "$tools/compare", map { "$dir/$_" } qw(expected shim bad plain1 plain2) ]);
}

sub finds {
    my ($name, $what, %changes) = @_;
    my $result = compared(%changes);
    ok($result->{exit} == 1 && $result->{out} =~ /^\* .*$what/m, "found: $name") or diag(outcome($result));
    return;
}

my $same = compared();
is($same->{exit}, 0, 'nothing differs but what has to') or diag(outcome($same));
like($same->{out}, qr{^\Q| /log | content |\E$}m, 'what differs between the plain roots is named');
like($same->{out}, qr{^\Q| /key | size content shape |\E$}m, 'in each attribute');
like($same->{out}, qr{^\Q| /preload | is there with the shim only | expected |\E$}m, 'and what has to differ with the shim');
like($same->{out}, qr/^Steps that the bad object changed: yes\.$/m, 'and what the bad object changed');

finds('another content', '/bin/a: content', shim => sub { $_[0]{'/bin/a'}[5] = 'bbbb' });
finds('another mode',    '/bin/a: mode',    shim => sub { $_[0]{'/bin/a'}[1] = '4755' });
finds('another owner',   '/bin/a: owner',   shim => sub { $_[0]{'/bin/a'}[2] = '0:4' });
finds('another target',  '/link: target',   shim => sub { $_[0]{'/link'}[7] = 'bin/b' });
finds('another type',    '/link: type',     shim => sub { $_[0]{'/link'} = [ qw(file 0777 0:0 1 2 a b -) ] });
finds('a file too many', '/new: is there',  shim => sub { $_[0]{'/new'} = $_[0]{'/bin/a'} });
finds('a file missing',  '/link: is not',   shim => sub { delete $_[0]{'/link'} });
finds('more than the numbers in a log', '/log: shape', shim => sub { $_[0]{'/log'}[6] = 'error' });
is(compared(shim => sub { $_[0]{'/log'}[4] = 21 })->{exit}, 0, 'a number may have more digits where the content differs anyway');
finds('a size of its own', '/bin/a: size', shim => sub { $_[0]{'/bin/a'}[4] = 21 });
finds('a mode, where the content differs anyway', '/key: mode', shim => sub { $_[0]{'/key'}[1] = '0644' });
finds('nothing where something is expected', 'expected to differ', shim => sub { delete $_[0]{'/preload'} });

finds('another status',  'step yes: 0 with the shim',     shim => sub { $_[1][1][3] = 0 });
finds('steps not taken', 'step control-daemon: none with', shim => sub { pop @{ $_[1] } });
finds('a step of its own', 'step more: with the shim',    shim => sub { push @{ $_[1] }, [ 'more', 0, '=', 0 ] });
finds('a control that is as without the shim', 'control-daemon: 1 with', shim => sub { $_[1][2][3] = 1 });
finds('a plain root where a step fails',  'install: 1 in a plain', plain2 => sub { $_[1][0][3] = 1 });
finds('a plain root where a step is not', 'install: none in a plain', plain2 => sub { shift @{ $_[1] } });
finds('a bad object that nothing notices', 'the bad object', bad => sub { $_[1][1][3] = 141 });

systems();
put("$_/status", "yes\t141\t=\t141") for qw(plain1 plain2 shim);
put('bad/status', "yes\t141\t=\t1");
my $none = run([ "$tools/compare", map { "$dir/$_" } qw(expected shim bad plain1 plain2) ]);
ok($none->{exit} == 1 && $none->{out} =~ /^\* no step is a control/m, 'found: no control at all') or diag(outcome($none));

for my $file (qw(shim/status plain2/manifest)) {
    for my $how ('empty', 'not there') {
        systems();
        $how eq 'empty' ? put($file) : unlink "$dir/$file";
        my $result = run([ "$tools/compare", map { "$dir/$_" } qw(expected shim bad plain1 plain2) ]);
        is($result->{exit}, 2, "$file is $how: an error");
        like($result->{err}, qr/\Q$file\E/, 'that names it');
    }
}

# --- manifest

sub manifest {
    my (@changes) = @_;
    remove_tree("$dir/tree");
    my $made = shell('mkdir tree; cd tree; echo "1 text" >"a b"; ln "a b" second; ln -s target link; mkfifo fifo; chmod 644 *b second;'
            . join(';', @changes), cwd => $dir);
    die outcome($made) if $made->{exit} != 0;
    my $result = run([ "$tools/manifest", "$dir/tree" ]);
    die outcome($result) if $result->{exit} != 0;
    return { map { (split /\t/)[0] => [ split /\t/ ] } split /\n/, $result->{out} };
}

my $before = manifest();
is_deeply(manifest('touch -d 2001-01-01 *b'), $before, 'the same tree has the same manifest, whatever the time');
is_deeply([ sort keys %$before ], [ '/', '/a\x20b', '/fifo', '/link', '/second' ], 'with everything in it');
my @attributes = qw(path type mode owner links size content shape target);
for my $case ([ 'echo "2 text" >"a b"', 'content' ], [ 'echo "1 next" >"a b"', 'content shape' ],
    [ 'echo "12 text" >"a b"', 'size content' ], [ 'echo "1 text 141" >"a b"', 'size content shape' ], [ 'chmod 600 "a b"', 'mode' ], [ 'chmod u+s "a b"', 'mode' ],
    [ 'rm second; echo "1 text" >second; chmod 644 second', 'links' ])
{
    my ($change, $expect) = @$case;
    my ($old, $new) = map { $_->{'/a\x20b'} } $before, manifest($change);
    is(join(' ', map { $attributes[$_] } grep { $old->[$_] ne $new->[$_] } 0 .. $#attributes), $expect, $change);
}
is_deeply(manifest('echo "12:34:56.789 1999999999" >"a b"'), manifest('echo "01:23:45.678 1600000000" >"a b"'),
    'the time of day in a text is no difference');
isnt(manifest('printf "12:34\0" >"a b"')->{'/a\x20b'}[6], manifest('printf "12:35\0" >"a b"')->{'/a\x20b'}[6],
    'but it is one in what is no text');
isnt(manifest('rm link; ln -s elsewhere link')->{'/link'}[8], $before->{'/link'}[8], 'the target of a link');
isnt(manifest('rm fifo; echo >fifo')->{'/fifo'}[1], $before->{'/fifo'}[1], 'the type');

done_testing;
