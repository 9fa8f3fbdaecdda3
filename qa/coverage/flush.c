/* SPDX-License-Identifier: MIT
 *
 * Part of the shim and the library in `make coverage` alone.  gcov's counters are
 * written when a process exits; many that these tests run end by _exit or by the
 * signal that the sources raise: here these are made to write them first.  A process
 * that another process kills takes its counters with it.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>

#undef syscall

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
__attribute__((visibility("default"))) void coverage_flush(void)
{
    void (*next)(void);

    *(void **)&next = dlsym(RTLD_NEXT, "coverage_flush");
    __gcov_dump();
    __gcov_reset();
    if (next != NULL)
        next();
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
    if (number == SYS_tgkill || number == SYS_exit_group)
        coverage_flush();
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
