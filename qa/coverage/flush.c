/* SPDX-License-Identifier: MIT
 *
 * Part of the shim and the library in `make coverage` alone.  gcov's counters are
 * written when a process exits; many that these tests run end by _exit or by the
 * signal that the sources raise: here these are made to write them first.  A process
 * that another process kills takes its counters with it.
 */
#include "flush.h"

#include <dlfcn.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lib/core/tls.h"

#undef syscall
#undef arch_syscall5

extern void __gcov_dump(void);
extern void __gcov_reset(void);
extern long syscall(long number, ...);
long coverage_syscall(long number, ...);
void coverage_flush(void);
_Noreturn void coverage_exit(int status);
int execve(const char *path, char *const argv[], char *const envp[]);
int execvp(const char *file, char *const argv[]);

/* Written and begun anew: a child of vfork shares the counters with its parent.  The
 * shim and the library have counters of their own each, so the next one is told. */
static void flush(void)
{
    void (*next)(void);

    *(void **)&next = dlsym(RTLD_NEXT, "coverage_flush");
    __gcov_dump();
    __gcov_reset();
    if (next != NULL)
        next();
}

#ifdef __x86_64__
static unsigned long first_thread;

__attribute__((constructor)) static void note_thread(void)
{
    syscall(SYS_arch_prctl, 0x1003 /* ARCH_GET_FS */, &first_thread);
}

/* To write them takes libc, which a thread that it did not set up has not: a copy of this
 * process with the first thread's storage does it. */
static bool flush_bare(void)
{
    long copy;

    if (epipe_tls.guard == 0 || tls_is_there(0))
        return false;
    copy = arch_syscall5(SYS_clone, CLONE_SETTLS, 0, 0, 0, (long)first_thread);
    if (copy == 0) {
        flush();
        syscall(SYS_exit_group, 0);
    }
    arch_syscall5(SYS_wait4, copy, 0, __WALL, 0, 0);
    return true;
}
#else
static bool flush_bare(void)
{
    return false;
}
#endif

__attribute__((visibility("default"))) void coverage_flush(void)
{
    if (!flush_bare())
        flush();
}

void coverage_before(long number)
{
    if (number == SYS_tgkill || number == SYS_exit_group)
        coverage_flush();
}

/* What the sources call in syscall's place. */
long coverage_syscall(long number, ...)
{
    long a[6];
    va_list arguments;

    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(arguments, long);
    va_end(arguments);
    coverage_before(number);
    return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* What programs call. */
__attribute__((visibility("default"))) _Noreturn void coverage_exit(int status)
{
    coverage_flush();
    for (;;)
        syscall(SYS_exit_group, status);
}

extern __typeof__(coverage_exit) _exit
    __attribute__((alias("coverage_exit"), visibility("default")));
extern __typeof__(coverage_exit) _Exit
    __attribute__((alias("coverage_exit"), visibility("default")));

/* What runs another program in this one's place. */
__attribute__((visibility("default"))) int execve(const char *path, char *const argv[],
                                                  char *const envp[])
{
    coverage_flush();
    return (int)syscall(SYS_execve, path, argv, envp);
}

__attribute__((visibility("default"))) int execvp(const char *file, char *const argv[])
{
    int (*next)(const char *, char *const[]);

    *(void **)&next = dlsym(RTLD_NEXT, "execvp");
    coverage_flush();
    return next(file, argv);
}
