/* SPDX-License-Identifier: MIT
 *
 * bare-thread POINTER WHAT: a signal in a thread that libc did not set up.
 *
 * Its thread pointer is
 *   zeros      a block of zeros, in a thread by a raw clone(CLONE_SETTLS)
 *   self       the same, which holds its own address, as libc's does
 *   null       null
 *   set-zeros, set-null
 *              so set, for a while, in the first thread
 * and the signal is that of
 *   write      a broken write to a socket, not by libc
 *   stdout     one to standard output
 *   kill       a raw tgkill() by the thread
 *   caught     the same, where the program has a handler
 *   caught-write
 *              a broken write to a socket, where the program has a handler
 *   handler    none: prints whether the kernel has a handler for SIGPIPE, and whether
 *              sigaction() says so
 *
 * With GO_NOTE it has the note that Go's linker makes; with PROBE_LIBRARY the process is
 * in a process scope.
 * No function of libc's is called in such a thread.  x86-64 and i386; i386 has no null and
 * no set-.
 */
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "broken-fd.h"

#ifdef PROBE_LIBRARY
#include <epipe.h>
#endif

#if defined __x86_64__ && !defined __ILP32__
static inline long raw(long number, long a, long b, long c)
{
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

static long clone_thread(unsigned long flags, uintptr_t *stack, void *pointer)
{
    register long fourth __asm__("r10") = 0;
    register void *fifth __asm__("r8") = pointer;
    long result;

    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "pop %%rax\n\t"
                     "call *%%rax\n\t"
                     "ud2\n"
                     "1:"
                     : "=a"(result)
                     : "0"((long)SYS_clone), "D"(flags), "S"(stack), "d"(0L), "r"(fourth),
                       "r"(fifth)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined __i386__
#include <asm/ldt.h>

static inline long raw(long number, long a, long b, long c)
{
    long result;

    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "0"(number), "b"(a), "c"(b), "d"(c)
                     : "memory");
    return result;
}

static long clone_thread(unsigned long flags, uintptr_t *stack, void *pointer)
{
    struct user_desc area = {.base_addr = (unsigned long)pointer,
                             .limit = 0xfffff,
                             .seg_32bit = 1,
                             .limit_in_pages = 1,
                             .useable = 1};
    unsigned short selector;
    long result;

    __asm__("mov %%gs, %0" : "=r"(selector));
    area.entry_number = selector >> 3;
    __asm__ volatile("int $0x80\n\t"
                     "test %%eax, %%eax\n\t"
                     "jnz 1f\n\t"
                     "pop %%eax\n\t"
                     "call *%%eax\n\t"
                     "ud2\n"
                     "1:"
                     : "=a"(result)
                     : "0"((long)SYS_clone), "b"(flags), "c"(stack), "d"(0L), "S"(&area)
                     : "memory");
    return result;
}
#else
static long raw(long number, long a, long b, long c)
{
    (void)number, (void)a, (void)b, (void)c;
    return -1;
}

static long clone_thread(unsigned long flags, uintptr_t *stack, void *pointer)
{
    (void)flags, (void)stack, (void)pointer;
    need(0, "not for this architecture");
    return -1;
}
#endif

#ifdef GO_NOTE
__attribute__((section(".note.go.buildid"), used, aligned(4))) static const struct {
    uint32_t name_size, size, type;
    char name[4], description[4];
} note = {4, 4, 4, "Go", "x"};
#endif

static uintptr_t block[1024];
static int fd;
static pid_t pid;
static atomic_long result = 1;
static atomic_int handled;

static void handler(int signal)
{
    (void)signal;
    handled++;
}

static void meet_signal(void)
{
    if (fd >= 0)
        result = raw(SYS_write, fd, (long)"x", 1);
    else
        result = raw(SYS_tgkill, pid, raw(SYS_gettid, 0, 0, 0), SIGPIPE);
}

static void thread(void)
{
    meet_signal();
    raw(SYS_exit, 0, 0, 0);
}

static void in_thread(void *pointer)
{
    static _Alignas(16) uintptr_t stack[8192];

    stack[8191] = (uintptr_t)thread;
    need(clone_thread(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                          CLONE_SYSVSEM | CLONE_SETTLS,
                      &stack[8191], pointer) > 0,
         "clone");
    for (int i = 0; i < 1000 && result == 1; i++)
        poll(NULL, 0, 10);
}

static void in_first_thread(void *pointer)
{
#if defined __x86_64__ && !defined __ILP32__
    enum { SET_FS = 0x1002, GET_FS = 0x1003 };
    uintptr_t own;

    need(raw(SYS_arch_prctl, GET_FS, (long)&own, 0) == 0, "arch_prctl");
    raw(SYS_arch_prctl, SET_FS, (long)pointer, 0);
    meet_signal();
    raw(SYS_arch_prctl, SET_FS, (long)own, 0);
#else
    (void)pointer;
    need(0, "not for this architecture");
#endif
}

static void print_handler(void)
{
    unsigned long in_kernel[32] = {0};
    struct sigaction act;

    need(syscall(SYS_rt_sigaction, SIGPIPE, NULL, in_kernel, _NSIG / 8) == 0 &&
             sigaction(SIGPIPE, NULL, &act) == 0,
         "sigaction");
    printf("kernel %d, sigaction %d\n", in_kernel[0] != 0, act.sa_handler != SIG_DFL);
}

int main(int argc, char **argv)
{
    const char *kind = argc == 3 ? argv[1] : "";
    const char *what = argc == 3 ? argv[2] : "";
    void *pointer = strstr(kind, "null") != NULL ? NULL : &block[512];

#ifdef __i386__
    need(pointer != NULL, "not for this architecture: what reads by %gs would fault");
#endif
    if (strcmp(what, "handler") == 0) {
        print_handler();
        return 0;
    }
    if (strcmp(kind, "self") == 0)
        block[512] = (uintptr_t)&block[512];
    if (strncmp(what, "caught", 6) == 0)
        signal(SIGPIPE, handler);
    fd = strstr(what, "write") != NULL ? broken_fd("unix")
         : strcmp(what, "stdout") == 0 ? broken_stdout()
                                       : -1;
    pid = getpid();
#ifdef PROBE_LIBRARY
    need(epipe_process_enter(0) == 0, "epipe_process_enter");
#endif
    if (strncmp(kind, "set-", 4) == 0)
        in_first_thread(pointer);
    else
        in_thread(pointer);
    printf("result %ld\n", (long)result);
    if (strncmp(what, "caught", 6) == 0)
        printf("handled %d\n", (int)handled);
    return 0;
}
