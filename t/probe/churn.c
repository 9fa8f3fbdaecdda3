/* SPDX-License-Identifier: MIT
 *
 * churn HOW: changes all the time while processes attach to it, until standard input ends,
 * and then says what has come out of it: "ok N" or what was wrong.
 *
 *   rseq     adds to a counter in restartable sequences, in two threads on one processor
 *   timer    reads, each of which a timer interrupts: each must be EINTR
 *   threads  begins and ends threads
 *   forks    begins and ends children, each of which makes a broken write
 *   exec     executes itself
 *   first    its first thread has ended; another one makes a broken write in the end
 *
 * "ready PID" comes first.  Status 77: not to be had here.
 */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <sys/wait.h>
#if (defined __x86_64__ || defined __aarch64__) && defined __has_include
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#define HAS_RSEQ
#endif
#endif

#include "broken-fd.h"

static bool is_over(void)
{
    struct pollfd p = {.fd = 0, .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

#ifdef HAS_RSEQ
static volatile long counter;
static atomic_long added;
static atomic_bool stop;

/* Loads the counter, takes its time, and stores it by the last instruction.  False if the
 * sequence was aborted. */
static bool add_in_sequence(struct rseq *rseq)
{
#ifdef __x86_64__
    __asm__ goto(".pushsection __rseq_cs, \"aw\"\n.balign 32\n"
                 "3: .long 0, 0\n.quad 1f, 2f - 1f, 4f\n.popsection\n"
                 "lea 3b(%%rip), %%rax\n"
                 "mov %%rax, %[sequence]\n"
                 "1: mov %[counter], %%rax\n"
                 "mov $2000, %%ecx\n"
                 "5: dec %%ecx\njnz 5b\n"
                 "inc %%rax\n"
                 "mov %%rax, %[counter]\n"
                 "2:\n"
                 ".pushsection .text.unlikely, \"ax\"\n.byte 0x0f, 0xb9, 0x3d\n"
                 ".long 0x53053053\n4: jmp %l[aborted]\n.popsection\n"
                 : /* asm goto with gcc 10 has no outputs */
                 : [sequence] "m"(rseq->rseq_cs), [counter] "m"(counter)
                 : "rax", "rcx", "memory", "cc"
                 : aborted);
#else
    __asm__ goto(".pushsection __rseq_cs, \"aw\"\n.balign 32\n"
                 "3: .long 0, 0\n.quad 1f, 2f - 1f, 4f\n.popsection\n"
                 "adrp x9, 3b\n"
                 "add x9, x9, :lo12:3b\n"
                 "str x9, %[sequence]\n"
                 "1: ldr x9, %[counter]\n"
                 "mov x10, #2000\n"
                 "5: subs x10, x10, #1\nb.ne 5b\n"
                 "add x9, x9, #1\n"
                 "str x9, %[counter]\n"
                 "2: b 6f\n"
                 ".inst 0xd428bc00\n4: b %l[aborted]\n6:\n"
                 :
                 : [sequence] "m"(rseq->rseq_cs), [counter] "m"(counter)
                 : "x9", "x10", "memory", "cc"
                 : aborted);
#endif
    return true;
aborted:
    return false;
}

static void *add_for_ever(void *is_first)
{
    struct rseq *rseq = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);

    for (unsigned i = 1; !atomic_load(&stop); i++) {
        if (add_in_sequence(rseq))
            atomic_fetch_add(&added, 1);
        if (is_first != NULL && i % 1024 == 0)
            atomic_store(&stop, is_over());
    }
    return NULL;
}

/* Neither thread waits: an attach has to take one of them. */
static int in_sequences(void)
{
    pthread_t other;
    cpu_set_t one;

    if (__rseq_size == 0)
        return 77;
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
    need(pthread_create(&other, NULL, add_for_ever, NULL) == 0, "pthread_create");
    add_for_ever(&other);
    pthread_join(other, NULL);
    if (counter == added)
        printf("ok %ld\n", counter);
    else
        printf("%ld lost\n", added - counter);
    return 0;
}
#else
static int in_sequences(void) { return 77; }
#endif

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

static int among_timers(void)
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
static int among_timers(void) { return 77; }
#endif

static void *in_thread(void *pair)
{
    char c = 'x';

    need(write(((int *)pair)[1], &c, 1) == 1 && read(((int *)pair)[0], &c, 1) == 1,
         "pair");
    return pair;
}

static int in_threads(void)
{
    long count = 0;
    int pair[2];

    need(pipe(pair) == 0, "pipe");
    for (; !is_over(); count++) {
        pthread_t threads[3];

        for (int i = 0; i < 3; i++)
            need(pthread_create(&threads[i], NULL, in_thread, pair) == 0,
                 "pthread_create");
        for (int i = 0; i < 3; i++)
            pthread_join(threads[i], NULL);
    }
    printf("ok %ld\n", count);
    return 0;
}

/* Its children die of the write before an attach, and live after it; nothing else. */
static int in_forks(void)
{
    long count = 0, living = 0;
    int fd = broken_fd("pipe");

    for (; !is_over(); count++) {
        pid_t child = fork();
        int status;

        if (child == 0)
            _exit(write(fd, "x", 1) == -1 && errno == EPIPE ? 7 : 1);
        need(waitpid(child, &status, 0) == child, "waitpid");
        if (WIFEXITED(status) && WEXITSTATUS(status) == 7)
            living++;
        else if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGPIPE)
            printf("a child's status is %x\n", (unsigned)status);
    }
    printf("ok %ld\n", living > 0 ? count : -1);
    return 0;
}

static int in_exec(char **argv)
{
    char number[24];

    if (is_over()) {
        printf("ok %s\n", argv[2] != NULL ? argv[2] : "0");
        return 0;
    }
    snprintf(number, sizeof number, "%ld", argv[2] != NULL ? atol(argv[2]) + 1 : 1);
    execv("/proc/self/exe", (char *[]){argv[0], argv[1], number, NULL});
    return 90;
}

static void *without_first(void *unused)
{
    int fd = broken_fd("pipe");

    while (!is_over())
        poll(NULL, 0, 5);
    printf("ok %d\n", write(fd, "x", 1) == -1 && errno == EPIPE);
    exit(0);
    return unused;
}

static int without_first_thread(void)
{
    pthread_t thread;

    need(pthread_create(&thread, NULL, without_first, NULL) == 0, "pthread_create");
    pthread_exit(NULL);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    if (argc == 2) {
        printf("ready %d\n", getpid());
        fflush(stdout);
    }
    if (strcmp(how, "rseq") == 0)
        return in_sequences();
    if (strcmp(how, "timer") == 0)
        return among_timers();
    if (strcmp(how, "threads") == 0)
        return in_threads();
    if (strcmp(how, "forks") == 0)
        return in_forks();
    if (strcmp(how, "first") == 0)
        return without_first_thread();
    return strcmp(how, "exec") == 0 ? in_exec(argv) : 90;
}
