/* SPDX-License-Identifier: MIT
 *
 * ucontext.h reads what a signal handler can know of the code it interrupted: the program
 * counter, the stack pointer, and, where a system call has just returned, its result and
 * the arguments that the architecture keeps.
 *
 * Linux leaves a system call's arguments in their registers but, except on x86, puts the
 * result over the first of them.  So the second argument can be read everywhere and the
 * first, most often the descriptor, on x86 only.  On an architecture that has no file in
 * arch/ ucontext_read() leaves `known` false, and its callers go by the siginfo and the
 * record alone.
 */
#ifndef EPIPE_UCONTEXT_H
#define EPIPE_UCONTEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#include "arch/arch.h"

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
    memcpy(&word, (const void *)(pc - size), sizeof word); /* LCOV_EXCL_START: t/arch.t */
    return word;
} /* LCOV_EXCL_STOP */

/* Reads what the registers in CONTEXT, the third argument of an SA_SIGINFO handler, tell.
 * That is: what is true if the code before pc is a system call, which is for
 * ucontext_read_code() to say; on ppc64 only then is `result` right after `sc`.
 * Async-signal-safe; makes no system call. */
static inline struct decoded_context ucontext_registers(const void *context)
{
    struct decoded_context o = {0};

#ifdef ARCH_PC
    const mcontext_t *m = &((const ucontext_t *)context)->uc_mcontext;

    o.known = true;
    o.pc = (uintptr_t)ARCH_PC(m);
    o.sp = (uintptr_t)ARCH_SP(m);
    o.result = (long)ARCH_RESULT(m);
    o.arg1 = (unsigned long)ARCH_ARG1(m);
#ifdef ARCH_ARG0
    o.arg0 = (unsigned long)ARCH_ARG0(m);
#endif
#else
    (void)context;
#endif
    return o;
}

/* Adds what the code before pc tells.  It faults where the code may only be executed. */
static inline void ucontext_read_code(struct decoded_context *o, const void *context)
{
#ifdef ARCH_PC
    const mcontext_t *m = &((const ucontext_t *)context)->uc_mcontext;

    (void)m;
#define CODE ucontext_code_before
    o->after_syscall = ARCH_IS_SYSCALL(o->pc, m);
#ifdef ARCH_ARG0
    o->first_kept = o->after_syscall;
#endif
#ifdef ARCH_HAS_POSITIVE_ERROR
    if (ARCH_HAS_POSITIVE_ERROR(o->pc, m))
        o->result = -o->result;
#endif
#undef CODE
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
