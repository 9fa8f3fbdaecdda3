#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Other architectures and the other libc: what a signal handler can read differs
# on each.  The shim and the probes are cross-built and run under qemu-user, as
# far as compilers and emulators are installed (Debian: gcc-ARCH-linux-gnu,
# libc6-dev-ARCH-cross, qemu-user, musl-tools).  TEST_ARCH=NAME: that one alone.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Sources;
use Test::More;

plan skip_all => 'a sanitizer is not there for other architectures' if sanitized();

my $dir = scratch();
# The library in one file: compiled in a quarter of the time, for each target.
my $amalgamated = run([ "$SOURCE/lib/amalgamate", $SOURCE, $dir ]);
is($amalgamated->{exit}, 0, 'the library in two files is written') or BAIL_OUT($amalgamated->{err});
my @probes = qw(broken partial disposition foreign blocked context interrupted many-writes async-signals cancel-jump environment-changes bare-thread);
my @shim_sources = map { sources_of($_) } qw(libcore libepipe-preload);
my @flags = (qw(-std=gnu11 -D_GNU_SOURCE -O2), "-I$SOURCE", "-I$SOURCE/include");
my @shim_flags = (qw(-shared -fPIC -fvisibility=hidden -ftls-model=initial-exec),
    '-fasynchronous-unwind-tables', '-Wl,-Bsymbolic-functions',
    "-Wl,--version-script=$SOURCE/preload/preload.map");

# What the ELF header of each has to say; x86-64 for musl, whose mark is its loader.
my %machines = (aarch64 => 183, arm => 40, riscv64 => 243, ppc64le => 21, s390x => 22, '32 bits' => 3, musl => machine("$BUILD/epipe"));

# The machine that an ELF file is for, by number.
sub machine {
    my ($file) = @_;
    open(my $fh, '<:raw', $file) or return 0;
    read($fh, my $header, 20) == 20 or return 0;
    return unpack(ord(substr $header, 5, 1) == 2 ? 'x18 n' : 'x18 v', $header);
}

# [name, compiler and its flags, how to run, probes that this libc cannot build]
my @targets = map {
    my ($qemu, $triplet) = @$_;
    my ($compiler) = grep { have($_) } "$triplet-gcc", map { "$triplet-gcc-$_" } reverse 10 .. 16;
    [ $qemu, [ $compiler // "$triplet-gcc" ], [ "qemu-$qemu", '-L', "/usr/$triplet" ], '' ];
    }
    [ aarch64 => 'aarch64-linux-gnu' ], [ arm => 'arm-linux-gnueabihf' ],
    [ riscv64 => 'riscv64-linux-gnu' ], [ ppc64le => 'powerpc64le-linux-gnu' ],
    [ s390x => 's390x-linux-gnu' ];
push @targets, [ '32 bits', [ cc32() ], [], '' ],
    [ 'musl', [ 'musl-gcc', map { ('-idirafter', $_) } kernel_headers('gcc'), '/usr/include' ], [],
        'broken disposition' ];

# Builds the shim and the probes for a target; returns why not, and whether the sources are
# to blame: a compiler may be there without the headers.
sub build {
    my ($cc, $run, $out, $without) = @_;
    for my $program ($cc->[0], @$run ? $run->[0] : ()) {
        return "$program is not installed" if !have($program);
    }
    mkdir $out;
    my $any = write_file("$dir/any.c", "#include <stdio.h>\nint main(void) { return puts(\"\") < 0; }\n");
    return "$cc->[0] builds no program" if run([ @$cc, '-o', "$out/any", $any ])->{exit} != 0;
    my $shim = run([ @$cc, @flags, @shim_flags, @shim_sources, '-o', "$out/libepipe-preload.so" ], limit => 120);
    return ("$cc->[0] cannot build: $shim->{err}", 1) if $shim->{exit} != 0;
    for my $probe (grep { $without !~ /\b$_\b/ } @probes) {
        my $built = run([ @$cc, @flags, qw(-O0 -w), "$SOURCE/t/probe/$probe.c", '-o', "$out/$probe", '-lresolv', '-pthread' ],
            limit => 120);
        return ("$cc->[0] cannot build $probe: $built->{err}", 1) if $built->{exit} != 0;
    }
    my $linked = run([ @$cc, @flags, '-w', "$SOURCE/t/probe/calls-count.c", "$dir/epipe.c", '-o', "$out/calls-count", '-pthread' ],
        limit => 120);
    return ("$cc->[0] cannot build the library: $linked->{err}", 1) if $linked->{exit} != 0;
    return;
}

# What qemu's i386 fails, some of it with SIGPIPE ignored too, and a kernel does not.
my %qemu_i386_fails = map { $_ => 1 } 'resolver on a dead socket', 'interrupted: handler', 'life: cancel';

for my $target (grep { ($ENV{TEST_ARCH} // $_->[0]) eq $_->[0] } @targets) {
    my ($name, $cc, $emulator, $without) = @$target;
    my $out = "$dir/" . $name =~ s/\W//gr;
SKIP: {
        my ($problem, $is_ours) = build($cc, $emulator, $out, $without);
        skip "$name: $problem", 1 if $problem && !$is_ours;
        ok(!$problem, "$name: it builds") or diag($problem), next;
        $emulator = ['qemu-i386'] if $name eq '32 bits' && have('qemu-i386') && !can_execute("$out/blocked");
        skip "$name: this kernel executes no such program", 1 if !@$emulator && !can_execute("$out/blocked");
        is(machine("$out/$_"), $machines{$name}, "$name: $_: ELF machine $machines{$name}")
            for 'libepipe-preload.so', 'blocked';
        my @settings;
        my $both = sub {
            my ($probe, @arguments) = @_;
            my @variables = ("LD_PRELOAD=$out/libepipe-preload.so", @settings);
            my @command = ("$out/$probe", @arguments);
            my @with = @$emulator ? (@$emulator, (map { ('-E', $_) } @variables), @command)
                : ('env', @variables, @command);
            # A loader of the other word size complains of the shim on standard error.
            return (run([ @$emulator, @command ]), run(\@with));
        };
        my $lives = sub {
            my ($what, $expect, @command) = @_;
          SKIP: {
                skip "$name: $what: qemu-i386 fails there", 2
                    if "@$emulator" eq 'qemu-i386' && $qemu_i386_fails{ $what =~ s/,.*//r };
                my ($control, $with) = $both->(@command);
                ok(died_by_sigpipe($control), "$name: $what: control dies by SIGPIPE") or diag(outcome($control));
                ok($with->{exit} == 0 && "$with->{out}$with->{err}" =~ $expect, "$name: $what lives")
                    or diag(outcome($with));
            }
        };
        if ($without !~ /broken/) {
            for my $call (qw(write writev sendmsg sendmmsg sendfile splice dprintf syscall fflush exit resolver)) {
                $lives->("$call on a dead socket", qr/EPIPE|flushing/, 'broken', $call, 'unix');
            }
            my ($control, $with) = $both->('disposition', 'readback');
            cmp_ok(length $control->{out}, '>', 1000, "$name: control reads back");
            is($with->{out}, $control->{out}, "$name: every setter reads back what it set");
            $lives->('one-shot', qr/ran 1 times/, 'disposition', 'oneshot', 'oneshot_info');
        }
        # With a time of 64 bits, glibc has other names for what takes a message or a time.
        if ($name eq 'arm' || $name eq '32 bits') {
            for my $probe (qw(broken blocked)) {
                run([ @$cc, @flags, qw(-O0 -w -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64), "$SOURCE/t/probe/$probe.c",
                        '-o', "$out/$probe-64", '-lresolv', '-pthread' ], limit => 120);
            }
            my $symbols = run([ 'sh', '-c', 'readelf -sW --dyn-syms "$@" | cat', 'sh', "$out/broken-64", "$out/blocked-64" ])->{out};
            like($symbols, qr/ $_\b/, "$name: control: $_ is called") for qw(__sendmsg64 __sendmmsg64 __sigtimedwait64);
            $lives->("$_ with a time of 64 bits", qr/EPIPE/, 'broken-64', $_, 'unix') for qw(sendmsg sendmmsg sendfile);
            my ($without_shim, $with) = $both->('blocked-64', 'sigtimedwait');
            ok($with->{out} =~ /^sigtimedwait: 13 / && $with->{out} eq $without_shim->{out}, "$name: sigtimedwait likewise takes it")
                or diag(outcome($with));
        }
        for my $call (qw(write writev sendmsg sendfile splice)) {
            my ($control, $linked) = map { run([ @$emulator, "$out/calls-count", $_, $call, 'unix' ]) } qw(plain ours);
            ok(died_by_sigpipe($control), "$name: $call: control dies by SIGPIPE") or diag(outcome($control));
            is($linked->{out}, "$call: -1 EPIPE\n", "$name: epipe_$call lives") or diag(outcome($linked));
        }
        $lives->("a short $_", qr/short/, 'partial', split / /) for 'write pipe', 'fwrite pipe', 'sendfile tcp';
        $lives->("blocked $_", qr/alive/, 'blocked', $_) for qw(write stdio syscall partial ppoll);
        $lives->("interrupted: $_", qr/ok/, 'interrupted', $_) for qw(handler storm cancel);
        $lives->("in context $_", qr/ok/, 'context', $_) for qw(small quiet);
        # Not the stack on ppc64: there its unwinder falls over qemu's signal frame.
        my @trace = $name =~ /ppc/ ? () : 'EPIPE_TRACE=on';
        for my $with ([], [ "EPIPE_LOG=$out/log", qw(EPIPE_SUMMARY=on EPIPE_GIVE_UP=1000000), @trace ]) {
            @settings = @$with;
            my $said = @$with ? ', with all settings' : '';
            # A child may wait for ever for qemu's own lock, which another of its parent's
            # threads had.
            my @forks = @$emulator ? () : 'forks';
            $lives->("life: $_->[1]$said", qr/ok/, @$_)
                for (map { [ 'async-signals' => $_ ] } qw(timer stack), @forks), [ 'cancel-jump' => 'cancel' ], map { [ 'environment-changes' => $_ ] } qw(nofile fsize closefrom);
            my ($control, $jumped) = $both->('cancel-jump', 'jump');
            ok(died_by_sigpipe($control) && $control->{out} eq '' && died_by_sigpipe($jumped) && $jumped->{out} eq "jump: ok\n",
                "$name: life: jump$said") or diag(outcome($jumped));
        }
        @settings = qw(EPIPE_TRACE=on EPIPE_SUMMARY=on EPIPE_GIVE_UP=3);
        my (undef, $told) = $both->('many-writes', 'many', 3);
        my $what = qr/SIGPIPE swallowed: write on descriptor \d+ \(socket:\[\d+\] unix unnamed\), called from many-writes\+0x/;
        is(scalar(() = $told->{err} =~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z epipe\[\d+\]: many-writes: thread \d+: $what/mg), 3,
            "$name: three lines in the log") or diag(outcome($told));
        # musl has no unwinder, ARM's takes a lock; qemu's signal frame on ppc64 stops the other libc's.
        like($told->{err}, $name =~ /^arm|musl|ppc/ ? qr/^    many-writes: \+0x\w+\n    \(the rest/m : qr/^    libc\S*: \S*\+0x\w+\n    /m,
            "$name: with a stack, or the caller") or diag(outcome($told));
        like($told->{err}, qr/summary: SIGPIPEs swallowed: 3 /, "$name: and a summary");
        ok(died_by_sigpipe(($both->('many-writes', 'many', 4))[1]), "$name: which is as many as --give-up allows");
        @settings = ();
        for my $pointer ($name =~ /32 bits/ ? qw(zeros self) : ()) {
            $lives->("a thread without libc's storage: $pointer", qr/^result -32$/m, 'bare-thread', $pointer, 'write');
            my ($control, $with) = $both->('bare-thread', $pointer, 'kill');
            ok(died_by_sigpipe($control) && died_by_sigpipe($with), "$name: such a thread's own tgkill kills: $pointer")
                or diag(outcome($with));
        }
        for my $how (qw(kill raise pthread_kill sigqueue rawkill thread-kill epipe-thread)) {
            my ($control, $with) = $both->('foreign', $how);
            ok(died_by_sigpipe($control) && died_by_sigpipe($with), "$name: a foreign $how kills both")
                or diag(outcome($with));
        }
    }
}

# What an attach puts into an aarch64 process: the blob, here by a preload object, since nothing can
# be traced under qemu-user, and the code of a system call.
SKIP: {
    my ($target) = grep { $_->[0] eq 'aarch64' && ($ENV{TEST_ARCH} // 'aarch64') eq 'aarch64' } @targets;
    my ($name, $cc, $emulator) = @{ $target // [] };
    my $out = "$dir/aarch64";
    skip 'aarch64: not built', 1 if !defined $target || !-e "$out/broken";
    my $blob = run([ @$cc, qw(-D_GNU_SOURCE), "-I$SOURCE", "-I$SOURCE/include", flags_of('blob-flags-aarch64'),
            "-Wl,-T,$SOURCE/graft/blob.lds", '-o', "$out/blob.elf", sources_of('blob') ], limit => 120);
    is($blob->{exit}, 0, 'aarch64: the blob is built') or diag($blob->{err});
    my $objcopy = $cc->[0] =~ s/gcc(?:-\d+)?$/objcopy/r;
    is(run([ $objcopy, qw(-O binary -j .graft), "$out/blob.elf", "$out/blob.bin" ])->{exit}, 0, 'and has no other section');
    my $put = run([ @$cc, @flags, qw(-shared -fPIC), "$SOURCE/t/probe/blob-here.c", '-o', "$out/blob-here.so" ], limit => 120);
    is($put->{exit}, 0, 'and what puts it in') or diag($put->{err});
    my $both = sub {
        my @command = ("$out/$_[0]", @_[ 1 .. $#_ ]);
        return (run([ @$emulator, @command ]),
            run([ @$emulator, '-E', "LD_PRELOAD=$out/blob-here.so", '-E', "BLOB=$out/blob.bin", @command ]));
    };
    for my $command ((map { [ 'broken', $_, 'unix' ] } qw(write writev sendmsg sendfile splice)),
        [qw(broken write pipe)], [qw(partial write pipe)], [qw(partial sendfile tcp)], map { [ 'blocked', $_ ] } qw(write partial))
    {
        my ($control, $with) = $both->(@$command);
        ok(died_by_sigpipe($control), "aarch64: @$command: control dies by SIGPIPE") or diag(outcome($control));
        is($with->{exit}, 0, "aarch64: @$command: the blob's handler lets it live") or diag(outcome($with));
    }
    for my $how (qw(kill raise pthread_kill sigqueue)) {
        my (undef, $with) = $both->('foreign', $how);
        ok(died_by_sigpipe($with), "aarch64: the blob: a foreign $how kills") or diag(outcome($with));
    }
    my $stub = run([ @$cc, @flags, "$SOURCE/t/probe/stub-aarch64.c", '-o', "$out/stub" ], limit => 120);
    is($stub->{exit}, 0, 'aarch64: the stub is built') or diag($stub->{err});
    is(outcome(run([ @$emulator, "$out/stub" ])), 'exit 0, out: ok\n', 'aarch64: it makes a call, and leads back by each way');
}

done_testing;
