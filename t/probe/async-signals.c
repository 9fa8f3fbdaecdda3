/* SPDX-License-Identifier: MIT
 *
 * life HOW: broken writes while signals come and processes are born. Each ends after a
 * number of rounds, not of seconds.
 *
 *   timer   handlers of two 1 kHz timers write to the dead, and so does the program,
 *           which also allocates, uses stdio and a living pipe
 *   stack   in a handler on an alternate stack of the usual size
 *   forks   threads that fork, and children that write
 */
#include <pthread.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "attempts.h"

enum { TICKS = 200, ROUNDS = 200 };

static volatile sig_atomic_t ticks;

static void on_tick(int sig)
{
    int saved = errno;

    (void)sig;
    expect_epipe((unsigned)ticks);
    ticks = ticks + 1;
    errno = saved;
}

static void work_between_ticks(unsigned round, FILE *stream, FILE *file, const int living[2])
{
    char *memory = malloc(1 + round % 5000);
    uint32_t back = 0;
    int failed = 0;

    need(memory != NULL, "malloc");
    expect_epipe(round);
    GUARDED { failed = fputs("x", stream) == EOF || fflush(stream) == EOF; }
    need(failed && errno == EPIPE, "stdio that says EPIPE");
    clearerr(stream);
    need(fprintf(file, "%08u\n", round) == 9, "stdio that works");
    GUARDED
    {
        failed = write(living[1], &round, sizeof round) != sizeof round ||
                 read(living[0], &back, sizeof back) != sizeof back;
    }
    need(!failed && back == round, "a living pipe");
    free(realloc(memory, 1 + round % 70000));
}

static void under_timers(void)
{
    struct itimerval interval = {{0, 1000}, {0, 1000}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
    struct itimerspec other = {{0, 1000000}, {0, 1000000}};
    FILE *stream = fdopen(broken_fd("unix"), "w"), *file = tmpfile();
    timer_t timer;
    int living[2];
    unsigned round = 0;

    need(stream != NULL && file != NULL && pipe(living) == 0, "fdopen");
    handle(SIGALRM, on_tick, SA_RESTART);
    handle(SIGUSR2, on_tick, SA_RESTART);
    need(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0, "timer_create");
    need(setitimer(ITIMER_REAL, &interval, NULL) == 0, "setitimer");
    need(timer_settime(timer, 0, &other, NULL) == 0, "timer_settime");
    for (; ticks < TICKS || round < ROUNDS; round++)
        work_between_ticks(round, stream, file, living);
    handle(SIGALRM, SIG_IGN, 0);
    handle(SIGUSR2, SIG_IGN, 0);
    need(fflush(file) == 0 && ftell(file) == 9L * (long)round,
         "every line of the living file");
}

static void on_alternate_stack(void)
{
#ifdef _SC_SIGSTKSZ
    long usual = sysconf(_SC_SIGSTKSZ);
#else
    long usual = SIGSTKSZ;
#endif
    stack_t stack = {.ss_size = (size_t)(usual > 16384 ? usual : 16384)};

    stack.ss_sp = malloc(stack.ss_size);
    need(stack.ss_sp != NULL && sigaltstack(&stack, NULL) == 0, "sigaltstack");
    handle(SIGUSR1, on_tick, SA_ONSTACK);
    for (int i = 0; i < 50; i++)
        raise(SIGUSR1);
    need(ticks == 50, "every signal");
}

static void *fork_often(void *argument)
{
    for (unsigned round = 0; round < 15; round++) {
        pid_t child = fork();
        int status;

        if (child == 0) {
            expect_epipe(round);
            _exit(0);
        }
        expect_epipe(round);
        need(child > 0 && waitpid(child, &status, 0) == child && status == 0,
             "a child that lives");
    }
    return argument;
}

static void in_threads(void *(*function)(void *))
{
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        need(pthread_create(&threads[i], NULL, function, NULL) == 0, "thread");
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    const char *how = argc == 2 ? argv[1] : "";

    guard();
    open_broken();
    if (strcmp(how, "timer") == 0)
        under_timers();
    else if (strcmp(how, "stack") == 0)
        on_alternate_stack();
    else if (strcmp(how, "forks") == 0)
        in_threads(fork_often);
    else
        need(0, "usage");
    printf("%s: ok\n", how);
    return 0;
}
