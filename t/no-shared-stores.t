#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# No cache line is shared: on their way to success the interposed writes and the scopes
# store to the thread's own memory only, which is its stack, its thread-local storage and
# the scope that the caller holds.  The object code is read for it: every store, and where
# its address comes from on all paths.  x86-64 only.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EpipeTest;
use Test::More;

plan skip_all => 'a sanitizer stores much more' if sanitized();
plan skip_all => 'objdump and readelf (binutils) are not installed' if !have('objdump') || !have('readelf');
plan skip_all => 'the build is not optimized' if ($ENV{TEST_CFLAGS} // '-O2') !~ /-O[123sf]/;
plan skip_all => 'not an x86-64 build'
    if run([ 'objdump', '-f', shim() ])->{out} !~ /elf64-x86-64/;

my %wide;    # every name of a register to its 64 bits
for my $r (qw(ax bx cx dx)) { $wide{$_} = "r$r" for "r$r", "e$r", $r, substr($r, 0, 1) . 'l', substr($r, 0, 1) . 'h' }
for my $r (qw(si di bp sp)) { $wide{$_} = "r$r" for "r$r", "e$r", $r, "${r}l" }
for my $n (8 .. 15)         { $wide{"r$n$_"} = "r$n" for '', 'd', 'w', 'b' }

# What an operand's address is made of: its segment and base register.
sub is_memory { my ($operand) = @_; return $operand =~ /\(|^%[fg]s:|^\*?0x[0-9a-f]+$/ }

# An object: its functions by name, its instructions by address.
sub disassemble {
    my ($path) = @_;
    my (%function, %code, $last);
    for (split /\n/, run([ 'readelf', '-sW', $path ])->{out}) {
        $function{$2} = hex $1 if /^\s*\d+: ([0-9a-f]+)\s+\d+ FUNC\s+\S+\s+\S+\s+\d+ ([\w.]+)/;
    }
    for (split /\n/, run([ 'objdump', '-d', '--no-show-raw-insn', $path ])->{out}) {
        next if !/^\s*([0-9a-f]+):\s+(.*?)\s*(?:#.*)?$/;
        my ($at, $text) = (hex $1, $2);
        $text =~ s/^(?:(?:lock|rep|repz|repnz|data16|cs|notrack|bnd) )+//;
        my ($name, $rest) = split / +/, $text, 2;
        my $target = ($rest // '') =~ /^([0-9a-f]+) <([^>+]*)/ ? [ hex $1, $2 ] : undef;
        my @operands = $target ? () : ($rest // '') =~ /((?:[^,(]|\([^)]*\))+)/g;
        $code{$at} = { name => $name // '', operands => \@operands, target => $target, text => $text };
        $code{$last}{next} = $at if defined $last;
        $last = $at;
    }
    return { function => \%function, code => \%code };
}

# The register that an instruction sets, or undef.
sub sets {
    my ($i) = @_;
    return if $i->{name} =~ /^(?:cmp|test|j|push|nop|ret|call|bt[lqw]?$|prefetch)/ || !@{ $i->{operands} };
    return $i->{operands}[-1] =~ /^%(\w+)$/ ? $wide{$1} : undef;
}

# The place on the stack that an operand is, by its distance from %rsp, or undef.
sub slot { my ($operand) = @_; return $operand =~ /^(-?)(?:0x([0-9a-f]+))?\(%rsp\)$/ ? ($1 ? -1 : 1) * hex($2 // 0) : undef }

# The kind of memory that each register points to after an instruction: stack, own (the
# thread's) or caller's; what is neither is not in the state.  The compiler keeps registers
# on the stack across calls, so the same is known of places there, as long as %rsp stays.
sub step {
    my ($i, $state) = @_;
    my %state = %$state;
    my ($name, @operands) = ($i->{name}, @{ $i->{operands} });
    my $set = sets($i);
    # By a TLS descriptor: changes nothing else.
    if ($name eq 'call' && "@operands" eq '*(%rax)') { delete $state{rax} }
    elsif ($name eq 'call') {
        delete @state{qw(rax rcx rdx rsi rdi r8 r9 r10 r11)};
        $state{rax} = 'own' if $i->{target} && $i->{target}[1] =~ /^__(?:errno_location|tls_get_addr)\@plt/;
    }
    elsif ($name eq 'syscall') { delete @state{qw(rax rcx r11)} }
    elsif (defined $set && $set ne 'rsp') {
        my $from = $operands[0] =~ /^%(\w+)$/ ? $wide{$1} : $operands[0] =~ /^-?(?:0x[0-9a-f]+)?\(%(\w+)[,)]/ ? $wide{$1} : undef;
        my $kind = $name =~ /^mov[ql]?$/ && $operands[0] eq '%fs:0x0' ? 'own'
            : $name =~ /^mov[ql]?$/ && $operands[0] =~ /^%/ && defined $from ? $state{$from}
            : $name =~ /^movq?$/ && defined slot($operands[0]) ? $state{ slot($operands[0]) }
            : $name =~ /^lea/ && defined $from ? $state{$from}
            : $name =~ /^(?:add|sub|and)[ql]?$/ ? $state{$set} // (defined $from && $operands[0] =~ /^%/ ? $state{$from} : undef)
            : undef;
        # TLS block and offset may be added in either order.
        $kind = 'own' if $name =~ /^add/ && $operands[0] eq '%fs:0x0';
        delete $state{$set};
        $state{$set} = $kind if defined $kind;
    }
    if ($name =~ /^(?:push|pop|leave|enter)/ || ($set // '') eq 'rsp') {
        delete @state{ grep { /^-?\d/ } keys %state };
    }
    elsif (@operands && $name !~ /^(?:cmp|test|j|call|nop)/ && defined(my $to = slot($operands[-1]))) {
        my $size = $operands[0] =~ /^%(?:e|r\d+d)/ || $name eq 'movl' ? 4 : $operands[0] =~ /^%[xyz]mm/ ? 64 : 8;
        delete @state{ grep { /^-?\d/ && $_ < $to + $size && $to < $_ + 8 } keys %state };
        my ($from) = $name =~ /^movq?$/ && $operands[0] =~ /^%(r\w+)$/ ? $wide{$1} // '' : '';
        $state{$to} = $state->{$from} if defined $state->{$from};
    }
    $state{rsp} = 'stack';
    return \%state;
}

# A store's target, if it is none of the kinds.
sub stray {
    my ($i, $state) = @_;
    my @operands = @{ $i->{operands} };
    return if !@operands || $i->{name} =~ /^(?:cmp|test|j|call|lea|nop|push|ret|bt[lqw]?$|prefetch|i?mul|i?div|ucomi|comi)/;
    for my $operand ($i->{name} =~ /^xchg/ ? @operands : $operands[-1]) {
        next if !is_memory($operand) || $operand =~ /^%fs:/;
        my ($base) = $operand =~ /\(%(\w+)/;
        return $i->{text} if !defined $base || !$state->{ $wide{$base} // '' };
    }
    return;
}

# Every stray store of FUNCTION and of what it jumps to; what it calls is another matter.
sub strays {
    my ($object, $function, %state) = @_;
    my $code = $object->{code};
    my $start = $object->{function}{$function} // return ("no function $function");
    my (%known, %stray);
    my @work = [ $start, { rsp => 'stack', %state } ];
    while (my $work = shift @work) {
        my ($at, $state) = @$work;
        my $i = defined $at ? $code->{$at} : undef;
        next if !$i;
        if (my $old = $known{$at}) {
            my %both = map { $_ => $old->{$_} } grep { ($state->{$_} // '') eq $old->{$_} } keys %$old;
            next if keys %both == keys %$old;
            $state = \%both;
        }
        $known{$at} = $state;
        my $text = stray($i, $state);
        if (defined $text) { $stray{$at} = $text }
        my $after = step($i, $state);
        my ($jump) = $i->{name} =~ /^j/ && $i->{target} && $i->{target}[1] !~ /\@plt/ ? $i->{target}[0] : undef;
        push @work, [ $jump, $after ] if defined $jump;
        push @work, [ $i->{next}, $after ] if $i->{name} !~ /^(?:jmp|ret|ud2|hlt)/;
    }
    return map { $stray{$_} } sort { $a <=> $b } keys %stray;
}

my $shim = disassemble(shim());
my $library = disassemble("$BUILD/.libs/libepipe.so");

# Controls: these two do store to the process's memory.
my @sent = strays($shim, 'kill');
is(scalar(grep { /^(?:add|inc)/ } @sent), 1, 'control: a count that all threads share is seen') or diag(@sent);
my @table = strays($shim, 'libc_resolve');
ok(@table && !grep({ /^no function/ } @table), 'control: so is a table') or diag(@table);

# What a system call's function of libc's does is libc's; the rare paths are functions of
# their own.
for my $name (qw(write writev pwritev2 pwritev64v2 send sendto sendmsg sendmmsg sendfile
    sendfile64 splice vmsplice tee dprintf vdprintf)) {
    is_deeply([ strays($shim, $name) ], [], "the shim's $name stores to the thread's own memory only");
}
is_deeply([ strays($library, $_) ], [], "$_ stores to the thread's own memory only") for qw(epipe_write epipe_send);
is_deeply([ strays($library, $_, rdi => 'caller') ], [], "$_ stores to the thread's own memory and the scope only")
    for qw(epipe_scope_enter epipe_scope_leave);

done_testing;
