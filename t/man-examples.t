#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# The examples in section 3 of the manual: each program in a section EXAMPLES compiles
# without a warning as it stands there, and prints what the page says that it prints.
# The controls: without the call that the page is about it dies by SIGPIPE, or prints
# something else.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Manual;
use Test::More;

plan skip_all => "a sanitizer's library would have to be linked first" if sanitized();

my @cc  = split ' ', $ENV{TEST_CC} // 'cc';
my @cxx = split ' ', $ENV{TEST_CXX} // 'c++';
my $library = "$BUILD/.libs/libepipe.so";
my $scratch = scratch();

my $dead = 'SIGPIPE';

# What is replaced in a page's C program, and what becomes of it then.
my %control = (
    'libepipe.3'      => [ [ qr/\bepipe_send\((.*?), 0\)/ => 'send($1, 0)', $dead ],
                           [ qr/\bEPIPE_SCOPE\b/ => '', $dead ],
                           [ qr/\bepipe_process_enter\(0\)/ => '0', $dead ] ],
    'epipe_write.3'   => [ [ qr/\bepipe_write\(/ => 'write(', $dead ] ],
    'epipe_scope.3'   => [ [ qr/\bEPIPE_GUARD;/ => '', $dead ],
                           [ qr/\bepipe::scope scope;/ => '', $dead ] ],
    'epipe_process.3' => [ [ qr/\bepipe_process_enter\(0\)/ => '0', $dead ] ],
    'epipe_install.3' => [ [ qr/\bepipe_install\(\)/ => '0', qr/^swallowed: 1$/m ],
                           [ qr/\bepipe_scope_enter\(&scope\)/ => '(void)0', $dead ] ],
    'epipe_child.3'   => [ [ qr/\bepipe_child_reset\(\);/ => '', qr/^fork: yes ended otherwise$/m ],
                           [ qr/\bepipe_spawnattr\(&attributes\);/ => '',
                             qr/^posix_spawn: yes ended otherwise$/m ] ],
    'epipe_pipe.3'    => [ [ qr/\bepipe_pipe\((\w+), 0\)/ => 'pipe($1)', qr/^a stray message$/m ] ],
    'epipe_channel.3' => [ [ qr/\bepipe_write_all\((.*?), -1, NULL\) == 0/ => 'write($1) > 0', $dead ] ],
    'epipe_write_all.3' => [ [ qr/(?<=close\(ends\[0\]\);\n    if \()epipe_write_all\((.*?), 100, &written\) != 0/
                               => 'write($1) < 0', $dead ] ],
    'epipe_pipeline.3' => [ [ qr/\bepipe_pipeline_run\(stages, 2, results\) != 0/
                              => q{((void)stages, results[0] = system("bash -c 'seq inf | head -n 1; exit ${PIPESTATUS[0]}'")) < 0},
                              qr/^seq: exit status 1$/m ],
                            [ qr/"-m", "1", /, '', qr/^captured: $|^dmesg: ended otherwise$/m ] ],
);

# Compiles a program; returns the path, or undef after a diagnosis.
sub compiled {
    my ($name, $program) = @_;
    my $is_cxx = $program =~ /^#include <epipe\.hpp>/m;
    my $source = "$scratch/$name" . ($is_cxx ? '.cc' : '.c');
    write_file($source, $program);
    my $result = run([ $is_cxx ? @cxx : @cc, qw(-Wall -Wextra -pedantic -Werror -pthread),
            "-I$SOURCE/include", '-o', "$scratch/$name", $source, $library ]);
    return "$scratch/$name" if $result->{exit} == 0 && !$result->{signal};
    diag(outcome($result));
    return;
}

# A kernel that has a lot to say.
mkdir "$scratch/bin";
write_file("$scratch/bin/dmesg", "#!/bin/sh\necho hdb: 512 sectors\necho hda: 1024 sectors\nexec seq 1000000\n", oct 755);

sub ran {
    my ($path) = @_;
    return run([$path], env => { PATH => "$scratch/bin:$ENV{PATH}", LD_LIBRARY_PATH => "$BUILD/.libs", LC_ALL => 'C' });
}

my @pages = glob "$SOURCE/man/*.3";
cmp_ok(scalar @pages, '>=', keys %control, 'the pages are there');

for my $page (@pages) {
    my ($title) = $page =~ m{([^/]+)$};
    my %section = sections($title);
    my @displays = displays($section{EXAMPLES});
    my $programs = 0;
    my %used;
    for my $i (0 .. $#displays) {
        my $program = $displays[$i];
        next if $program !~ /^#include </;
        my $is_cxx = $program =~ /^#include <epipe\.hpp>/m;
        my $name = "$title, program " . ++$programs . ($is_cxx ? ' (C++)' : '');
        my $file = "$title-$programs";
    SKIP: {
            if ($is_cxx && !have($cxx[0])) {
                $used{$_}++ for grep { $program =~ $control{$title}[$_][0] } 0 .. $#{ $control{$title} };
                skip "$name: no $cxx[0]", 1;
            }
            my $path = compiled($file, $program);
            ok($path, "$name: compiles") or next;
            my $result = ran($path);
            is($result->{out}, $displays[ $i + 1 ], "$name: prints what the page says");
            ok(!$result->{signal} && $result->{exit} == 0, "$name: exit status 0")
                or diag(outcome($result));

            for my $number (0 .. $#{ $control{$title} // [] }) {
                my ($pattern, $with, $expect) = @{ $control{$title}[$number] };
                my ($without, $what) = ($program, '');
                $without =~ s{$pattern}{$what = $&; my $one = $1; $with =~ s/\$1/$one/r}e or next;
                $used{$number}++;
                my $changed = compiled("$file-without-$number", $without);
                ok($changed, "$name without $what: control compiles") or next;
                my $ended = ran($changed);
                my $as_expected = ref $expect ? $ended->{out} =~ $expect : died_by_sigpipe($ended);
                ok($as_expected, "$name without $what: control "
                        . (ref $expect ? 'prints something else' : 'dies by SIGPIPE'))
                    or diag(outcome($ended));
            }
        }
    }
    cmp_ok($programs, '>=', 1, "$title has a program");
    is(scalar keys %used, scalar @{ $control{$title} // [] }, "$title: every control applied");
}

done_testing;
