/* SPDX-License-Identifier: MIT
 *
 * tls.h tells in a signal handler whether libc set this thread up, so that it has errno
 * and thread-local storage.  A thread by a raw clone(CLONE_SETTLS), as Go's runtime makes
 * them, has not, nor one whose thread pointer was set by arch_prctl.
 */
#ifndef EPIPE_TLS_H
#define EPIPE_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "syscall.h"

#ifdef ARCH_THREAD_POINTER
#define TLS_POINTER ARCH_THREAD_POINTER
#elif defined __has_builtin
#if __has_builtin(__builtin_thread_pointer)
#define TLS_POINTER __builtin_thread_pointer()
#endif
#endif

/* What both libcs copy to every thread: the guard of the stack protector, as the ABI has it. */
#if defined __x86_64__ && !defined __ILP32__
#define TLS_GUARD "%%fs:0x28"
#elif defined __i386__
#define TLS_GUARD "%%gs:0x14"
#endif

struct tls {
    bool has_fsgsbase; /* the thread pointer can be read without a system call */
    uintptr_t guard;
    uintptr_t libc; /* an address in its code */
};

extern struct tls epipe_tls __attribute__((visibility("hidden")));

static inline uintptr_t tls_guard(void)
{
    uintptr_t guard = 0;

#ifdef TLS_GUARD
    __asm__ volatile("mov " TLS_GUARD ", %0" : "=r"(guard));
#endif
    return guard;
}

/* To be called in a thread of libc's before tls_is_there() is. */
void epipe_tls_start(void);

enum { TLS_LIBC_SIZE = 0x180000 };

/* PC is where the thread was interrupted.  Async-signal-safe.  What needs thread-local
 * storage must be in a function that is not inlined beside this, or the compiler may
 * reach for it before.  Before Linux 5.9 x86-64 takes a system call, which a sandbox may kill
 * for; it is left out where a function of libc's made the call, which itself needs a thread
 * pointer that leads somewhere.  On i386 one that does not is fatal. */
static inline bool tls_is_there(uintptr_t pc)
{
#if defined __x86_64__ && !defined __ILP32__
    uintptr_t pointer = 0;

    if (epipe_tls.has_fsgsbase)
        __asm__ volatile("rdfsbase %0" : "=r"(pointer));
    else if (pc - epipe_tls.libc + TLS_LIBC_SIZE < 2 * TLS_LIBC_SIZE)
        return tls_guard() == epipe_tls.guard;
    else
        raw_syscall(SYS_arch_prctl, 0x1003 /* ARCH_GET_FS */, (long)&pointer, 0, 0);
    return pointer != 0 && *(const volatile uintptr_t *)pointer == pointer &&
           tls_guard() == epipe_tls.guard;
#elif defined __i386__
    uint16_t selector;

    (void)pc;
    __asm__ volatile("mov %%gs, %0" : "=r"(selector));
    return selector > 3 && tls_guard() == epipe_tls.guard;
#elif defined TLS_POINTER
    (void)pc;
    return TLS_POINTER != (void *)0;
#else
    (void)pc;
    return true;
#endif
}

#endif
