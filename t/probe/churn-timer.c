/* SPDX-License-Identifier: MIT
 *
 * "churn timer" makes reads, each of which a timer interrupts.
 */
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

#include "churn.h"

#if defined __x86_64__ || defined __aarch64__
#ifdef __x86_64__
#define AT_PC(m) (m).gregs[REG_RIP]
#else
#define AT_PC(m) (m).pc
#endif
extern const char timer_is_set[], read_is_made[], read_has_returned[];
static int early[2];

/* Before the read the tick would be lost without anybody's fault: so let it return. */
static void tick(int signal, siginfo_t *info, void *context)
{
    const char *at = (const char *)AT_PC(((ucontext_t *)context)->uc_mcontext);

    (void)signal, (void)info;
    if (at >= timer_is_set && at <= read_is_made)
        need(write(early[1], "", 1) == 1, "write");
}

/* Sets the timer to MICROSECONDS, reads, and returns the read's result. */
__attribute__((noinline)) static long read_until_tick(long microseconds)
{
    struct itimerval once = {.it_value = {.tv_usec = microseconds}};
    char c;
    long result;

#ifdef __x86_64__
    __asm__ volatile("syscall\n"
                     ".globl timer_is_set, read_is_made, read_has_returned\n"
                     "timer_is_set: mov %[fd], %%rdi\n"
                     "mov %[byte], %%rsi\n"
                     "mov $1, %%edx\n"
                     "xor %%eax, %%eax\n"
                     "read_is_made: syscall\n"
                     "read_has_returned:\n"
                     : "=a"(result)
                     : "0"((long)SYS_setitimer), "D"((long)ITIMER_REAL), "S"(&once),
                       "d"(0L), [fd] "r"((long)early[0]), [byte] "r"(&c)
                     : "rcx", "r11", "memory");
#else
    register long a0 __asm__("x0") = ITIMER_REAL, call __asm__("x8") = SYS_setitimer,
                     a1 __asm__("x1") = (long)&once, a2 __asm__("x2") = 0;

    __asm__ volatile("svc 0\n"
                     ".globl timer_is_set, read_is_made, read_has_returned\n"
                     "timer_is_set: mov x0, %[fd]\n"
                     "mov x1, %[byte]\n"
                     "mov x2, #1\n"
                     "mov x8, %[read]\n"
                     "read_is_made: svc 0\n"
                     "read_has_returned:\n"
                     : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(call)
                     : [fd] "r"((long)early[0]), [byte] "r"(&c), [read] "i"(SYS_read)
                     : "memory");
    result = a0;
#endif
    return result;
}

static void give_up(int signal)
{
    static const char line[] = "an EINTR was lost\n";

    (void)signal;
    _exit(write(1, line, sizeof line - 1) < 0);
}

int churn_timers(void)
{
    struct sigaction action = {.sa_sigaction = tick, .sa_flags = SA_SIGINFO};
    /* Where the machine is emulated, and slow, a short time is over before the read. */
    const long slow = getenv("MATRIX_LIMIT") != NULL ? 20 : 1;
    long interrupted = 0, waits = 100;

    sigaction(SIGALRM, &action, NULL);
    signal(SIGUSR2, give_up);
    need(pipe(early) == 0, "pipe");
    while (!is_over()) {
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
        struct itimerspec limit = {.it_value = {.tv_sec = slow > 1 ? 20 : 5}};
        timer_t timer;

        need(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0, "timer_create");
        timer_settime(timer, 0, &limit, NULL);
        for (int i = 0; i < 50; i++)
            interrupted += read_until_tick(slow * (waits = waits * 7 % 997 + 20)) == -EINTR;
        timer_delete(timer);
    }
    printf("ok %ld\n", interrupted);
    return 0;
}
#else
int churn_timers(void) { return 77; }
#endif
