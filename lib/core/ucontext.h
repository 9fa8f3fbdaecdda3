/* SPDX-License-Identifier: MIT
 *
 * What a signal handler can read of the code it interrupted: the program
 * counter, the stack pointer, and, where a system call has just returned, its
 * result and the arguments that the architecture keeps.
 *
 * Linux leaves a system call's arguments in their registers but, except on x86,
 * puts the result over the first of them.  So the second argument can be read
 * everywhere and the first, most often the descriptor, on x86 only.  On an
 * architecture that is not named here ucontext_read() leaves `known` false, and
 * its callers go by the siginfo and the record alone.
 */
#ifndef EPIPE_UCONTEXT_H
#define EPIPE_UCONTEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

struct decoded_context {
    bool known;         /* pc and sp are valid */
    bool after_syscall; /* pc stands behind a system call instruction */
    bool first_kept;    /* arg0 is valid too */
    uintptr_t pc;
    uintptr_t sp;
    long result;        /* negative errno or result, if after_syscall */
    unsigned long arg0; /* the call's first argument, if first_kept */
    unsigned long arg1; /* the call's second argument, if after_syscall */
};

/* arg0 is the first argument of the C function too.  Not so on i386, where send()
 * and its kin go through socketcall. */
#if defined __x86_64__ && !defined __ILP32__
enum { UCONTEXT_ARG0_IS_EXACT = true };
#else
enum { UCONTEXT_ARG0_IS_EXACT = false };
#endif

#if defined __x86_64__ && !defined __ILP32__
#define UCONTEXT_PC(m) (m)->gregs[REG_RIP]
#define UCONTEXT_SP(m) (m)->gregs[REG_RSP]
#define UCONTEXT_RESULT(m) (m)->gregs[REG_RAX]
#define UCONTEXT_ARG0(m) (m)->gregs[REG_RDI]
#define UCONTEXT_ARG1(m) (m)->gregs[REG_RSI]
#elif defined __i386__
#define UCONTEXT_PC(m) (m)->gregs[REG_EIP]
#define UCONTEXT_SP(m) (m)->gregs[REG_ESP]
#define UCONTEXT_RESULT(m) (m)->gregs[REG_EAX]
#define UCONTEXT_ARG0(m) (m)->gregs[REG_EBX]
#define UCONTEXT_ARG1(m) (m)->gregs[REG_ECX]
#elif defined __aarch64__
#define UCONTEXT_PC(m) (m)->pc
#define UCONTEXT_SP(m) (m)->sp
#define UCONTEXT_RESULT(m) (m)->regs[0]
#define UCONTEXT_ARG1(m) (m)->regs[1]
#elif defined __arm__
#define UCONTEXT_PC(m) (m)->arm_pc
#define UCONTEXT_SP(m) (m)->arm_sp
#define UCONTEXT_RESULT(m) (m)->arm_r0
#define UCONTEXT_ARG1(m) (m)->arm_r1
#elif defined __riscv && __riscv_xlen == 64
#define UCONTEXT_PC(m) (m)->__gregs[0]
#define UCONTEXT_SP(m) (m)->__gregs[2]
#define UCONTEXT_RESULT(m) (m)->__gregs[10]
#define UCONTEXT_ARG1(m) (m)->__gregs[11]
#elif defined __powerpc64__
#define UCONTEXT_PC(m) (m)->gp_regs[32]
#define UCONTEXT_SP(m) (m)->gp_regs[1]
#define UCONTEXT_RESULT(m) (m)->gp_regs[3]
#define UCONTEXT_ARG1(m) (m)->gp_regs[4]
#elif defined __s390x__
#define UCONTEXT_PC(m) (m)->psw.addr
#define UCONTEXT_SP(m) (m)->gregs[15]
#define UCONTEXT_RESULT(m) (m)->gregs[2]
#define UCONTEXT_ARG1(m) (m)->gregs[3]
#endif

/* The bytes before pc, as a number, or 0 where they may not be readable: the
 * page before this one need not be mapped when pc is a handler's first
 * instruction. */
static inline uint32_t ucontext_code_before(uintptr_t pc, size_t size)
{
    uint16_t half = 0;
    uint32_t word = 0;

    if ((pc & 4095) < size)
        return 0;
    if (size == sizeof half) {
        memcpy(&half, (const void *)(pc - size), sizeof half);
        return half;
    }
    memcpy(&word, (const void *)(pc - size), sizeof word);
    return word;
}

/* Does the instruction before pc call the kernel? */
static inline bool ucontext_is_after_syscall(uintptr_t pc, unsigned long cpsr)
{
    (void)cpsr;
#if defined __x86_64__
    return ucontext_code_before(pc, 2) == 0x050f;
#elif defined __i386__
    return ucontext_code_before(pc, 2) == 0x80cd;
#elif defined __aarch64__
    return ucontext_code_before(pc, 4) == 0xd4000001;
#elif defined __arm__
    return cpsr & 0x20 ? ucontext_code_before(pc, 2) == 0xdf00
                       : (ucontext_code_before(pc, 4) & 0x0f000000) == 0x0f000000;
#elif defined __riscv
    return ucontext_code_before(pc, 4) == 0x00000073;
#elif defined __powerpc64__
    return ucontext_code_before(pc, 4) == 0x44000002 ||
           ucontext_code_before(pc, 4) == 0x44000001;
#elif defined __s390x__
    return (ucontext_code_before(pc, 2) & 0xff00) == 0x0a00;
#else
    (void)pc;
    return false;
#endif
}

/* Reads what the registers in CONTEXT, the third argument of an SA_SIGINFO handler, tell.
 * That is: what is true if the code before pc is a system call, which is for
 * ucontext_read_code() to say; on ppc64 only then is `result` right after `sc`.
 * Async-signal-safe; makes no system call. */
static inline struct decoded_context ucontext_registers(const void *context)
{
    struct decoded_context o = {0};

#ifdef UCONTEXT_PC
    const mcontext_t *m = &((const ucontext_t *)context)->uc_mcontext;

    o.known = true;
    o.pc = (uintptr_t)UCONTEXT_PC(m);
    o.sp = (uintptr_t)UCONTEXT_SP(m);
    o.result = (long)UCONTEXT_RESULT(m);
    o.arg1 = (unsigned long)UCONTEXT_ARG1(m);
#ifdef UCONTEXT_ARG0
    o.arg0 = (unsigned long)UCONTEXT_ARG0(m);
#endif
#else
    (void)context;
#endif
    return o;
}

/* Adds what the code before pc tells.  It faults where the code may only be executed. */
static inline void ucontext_read_code(struct decoded_context *o, const void *context)
{
#ifdef UCONTEXT_PC
    const mcontext_t *m = &((const ucontext_t *)context)->uc_mcontext;
    unsigned long cpsr = 0;

    (void)m;
#ifdef __arm__
    cpsr = m->arm_cpsr;
#endif
    o->after_syscall = ucontext_is_after_syscall(o->pc, cpsr);
#ifdef UCONTEXT_ARG0
    o->first_kept = o->after_syscall;
#endif
#ifdef __powerpc64__
    /* `scv` returns a negative errno; `sc` a positive one and sets CR0.SO. */
    if (ucontext_code_before(o->pc, 4) == 0x44000002 && m->gp_regs[38] & 0x10000000UL)
        o->result = -o->result;
#endif
#else
    (void)o, (void)context;
#endif
}

static inline struct decoded_context ucontext_read(const void *context)
{
    struct decoded_context o = ucontext_registers(context);

    ucontext_read_code(&o, context);
    return o;
}

/* When several signals are delivered at the same moment the handler of one is
 * interrupted by the next before its first instruction.  Returns the context of the
 * program itself, where that can be found: on x86-64, by the registers that the kernel
 * loads for a handler, all of which point into the frame at the stack pointer, and by
 * the return address there, which libc gives to every handler.  (The siginfo is filled
 * for SA_SIGINFO only.)  CONTEXT must be the one that the handler was given.
 * Async-signal-safe. */
static inline const void *ucontext_innermost(const void *context)
{
#if defined __x86_64__ && !defined __ILP32__
    enum { FRAME_CONTEXT = 8, FRAME_INFO = 8 + 304 }; /* the kernel's struct rt_sigframe */

    uintptr_t restorer, other;

    memcpy(&restorer, (const char *)context - FRAME_CONTEXT, sizeof restorer);
    for (int depth = 0; depth < 8; depth++) {
        const greg_t *r = ((const ucontext_t *)context)->uc_mcontext.gregs;
        uintptr_t frame = (uintptr_t)r[REG_RSP];

        if (r[REG_RAX] != 0 || r[REG_RDI] < 1 || r[REG_RDI] > 64 ||
            (uintptr_t)r[REG_RSI] != frame + FRAME_INFO ||
            (uintptr_t)r[REG_RDX] != frame + FRAME_CONTEXT)
            break;
        memcpy(&other, (const void *)frame, sizeof other);
        if (other != restorer)
            break;
        context = (const void *)(frame + FRAME_CONTEXT);
    }
#endif
    return context;
}

#endif
