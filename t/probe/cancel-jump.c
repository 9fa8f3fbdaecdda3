/* SPDX-License-Identifier: MIT
 *
 * cancel-jump HOW: writes that are left in their middle, again and again.
 *
 *   cancel  threads that are cancelled while they sit in a write, as its reader leaves
 *   jump    siglongjmp out of a handler that has interrupted one; then a kill
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <sys/time.h>

#include "attempts.h"
#include "interrupt-writer.h"

struct writer {
    int fd;
    atomic_int tid;
    int asynchronous;
};

static void clean_up(void *argument)
{
    (void)argument;
    expect_epipe(0);
}

static void *write_until_cancelled(void *argument)
{
    struct writer *w = argument;
    int old;

    if (w->asynchronous)
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    pthread_cleanup_push(clean_up, NULL);
    w->tid = (int)syscall(SYS_gettid);
    GUARDED
    {
        need(write(w->fd, much, sizeof much) == -1 && errno == EPIPE, "a write cut short");
        pthread_testcancel();
    }
    pthread_cleanup_pop(0);
    return NULL;
}

/* The cancellation and the end of the pipe come in either order, at nearly one time. */
static void under_cancellation(void)
{
    int cancelled = 0, broke = 0;

    for (int round = 0; round < 60; round++) {
        struct writer w = {.asynchronous = round % 4 == 3};
        pthread_t thread;
        void *result;
        int pair[2];

        make_full_pipe(pair);
        w.fd = pair[1];
        need(pthread_create(&thread, NULL, write_until_cancelled, &w) == 0, "thread");
        while (w.tid == 0)
            poll(NULL, 0, 1);
        until_it_sleeps(w.tid);
        if (round % 3 == 0)
            close(pair[0]);
        if (round % 5 != 0 || round % 3 != 0)
            pthread_cancel(thread);
        if (round % 3 == 1)
            close(pair[0]);
        pthread_join(thread, &result);
        *(result == PTHREAD_CANCELED ? &cancelled : &broke) += 1;
        if (round % 3 == 2)
            close(pair[0]);
        close(pair[1]);
        expect_epipe((unsigned)round);
    }
    need(cancelled >= 20 && broke >= 4, "both ends of a write");
}

static sigjmp_buf out;
static volatile sig_atomic_t ticks;

static void jump_out(int sig)
{
    (void)sig;
    expect_epipe((unsigned)ticks);
    ticks = ticks + 1;
    siglongjmp(out, 1);
}

static void by_jumps(void)
{
    FILE *stream = fdopen(broken_fd("unix"), "w");
    struct itimerval once = {{0, 0}, {0, 1000}};
    volatile unsigned round;
    int full[2];

    need(stream != NULL, "fdopen");
    make_full_pipe(full);
    handle(SIGALRM, jump_out, SA_RESTART);
    for (round = 0; round < 100; round++) {
        GUARDED
        {
            if (sigsetjmp(out, 1) == 0) {
                need(setitimer(ITIMER_REAL, &once, NULL) == 0, "setitimer");
                (void)!write(full[1], much, sizeof much);
                need(0, "a jump");
            }
        }
        expect_epipe(round);
        GUARDED { need(fputs("x", stream) == EOF || fflush(stream) == EOF, "stdio"); }
        clearerr(stream);
    }
    need(ticks == 100, "every jump");
    puts("jump: ok");
    fflush(stdout);
    kill(getpid(), SIGPIPE); /* which must end the process all the same */
}

int main(int argc, char **argv)
{
    const char *how = argc == 2 ? argv[1] : "";

    guard();
    open_broken();
    if (strcmp(how, "cancel") == 0)
        under_cancellation();
    else if (strcmp(how, "jump") == 0)
        by_jumps();
    else
        need(0, "usage");
    printf("%s: ok\n", how);
    return 0;
}
