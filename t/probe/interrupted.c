/* SPDX-License-Identifier: MIT
 *
 * interrupted HOW: broken writes that other signals, cancellations and jumps meet.
 *
 *   handler     in a signal handler that interrupts another write
 *   storm       while another signal arrives all the time
 *   cancel      a thread cancelled in the middle of a write
 *   pending     a raw write, which is no cancellation point, while one is pending
 *   longjmp     after a handler jumped out of a write: stdio, then a kill
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "interrupt-writer.h"

static int other_fd;
static volatile sig_atomic_t handler_runs, handler_errno;
static sigjmp_buf jump;

static void expect_epipe(int fd)
{
    errno = 0;
    need(write(fd, "x", 1) == -1 && errno == EPIPE, "a write that says EPIPE");
}

static void writing_handler(int sig)
{
    int saved = errno;

    (void)sig;
    errno = 0;
    if (write(other_fd, "x", 1) == -1)
        handler_errno = errno;
    handler_runs = handler_runs + 1;
    errno = saved;
}

static void empty_handler(int sig)
{
    (void)sig;
    handler_runs = handler_runs + 1;
}
static void jumping_handler(int sig)
{
    (void)sig;
    siglongjmp(jump, 1);
}

static void on_sigusr1(void (*handler)(int))
{
    struct sigaction act = {.sa_flags = SA_RESTART};

    act.sa_handler = handler;
    need(sigaction(SIGUSR1, &act, NULL) == 0, "sigaction");
}

static void *interrupt_then_leave(void *argument)
{
    struct watched *w = argument;

    until_it_sleeps(w->tid);
    pthread_kill(w->thread, SIGUSR1);
    while (handler_runs == 0)
        poll(NULL, 0, 1);
    until_it_sleeps(w->tid);
    if (w->reader >= 0)
        close(w->reader);
    return NULL;
}

/* The outer write's pipe loses its reader after the handler has met EPIPE on
 * another descriptor; nothing of the outer write has gone out by then. */
static void in_handler(void)
{
    struct watched w = {pthread_self(), (pid_t)syscall(SYS_gettid), -1};
    pthread_t thread;
    int pair[2];

    other_fd = broken_fd("unix");
    make_full_pipe(pair);
    w.reader = pair[0];
    on_sigusr1(writing_handler);
    need(pthread_create(&thread, NULL, interrupt_then_leave, &w) == 0, "thread");
    expect_epipe(pair[1]);
    pthread_join(thread, NULL);
    need(handler_errno == EPIPE, "EPIPE in the handler");
}

static atomic_int storming = 1;

static void *storm(void *argument)
{
    while (storming)
        pthread_kill(*(pthread_t *)argument, SIGUSR1);
    return NULL;
}

static void in_storm(void)
{
    pthread_t self = pthread_self(), thread;
    int fd = broken_fd("unix");

    on_sigusr1(empty_handler);
    need(pthread_create(&thread, NULL, storm, &self) == 0, "thread");
    while (handler_runs == 0)
        poll(NULL, 0, 1);
    for (int i = 0; i < 5000; i++) {
        expect_epipe(fd);
        errno = 0;
        need(syscall(SYS_write, fd, "x", 1) == -1 && errno == EPIPE, "a raw write");
    }
    storming = 0;
    pthread_join(thread, NULL);
}

static void write_in_cleanup(void *argument) { expect_epipe(*(int *)argument); }

static int full_pipe[2];
static int dead_fd;
static atomic_int writer_tid;

static void *write_until_cancelled(void *argument)
{
    writer_tid = (int)syscall(SYS_gettid);
    pthread_cleanup_push(write_in_cleanup, &dead_fd);
    need(write(full_pipe[1], much, sizeof much) < 0, "a write that is cancelled");
    pthread_cleanup_pop(0);
    return argument;
}

static void in_cancelled_thread(void)
{
    struct watched w = {0, 0, -1};
    void *result;

    dead_fd = broken_fd("unix");
    make_full_pipe(full_pipe);
    need(pthread_create(&w.thread, NULL, write_until_cancelled, NULL) == 0, "thread");
    while (writer_tid == 0)
        poll(NULL, 0, 1);
    w.tid = writer_tid;
    until_it_sleeps(w.tid);
    pthread_cancel(w.thread);
    pthread_join(w.thread, &result);
    need(result == PTHREAD_CANCELED, "the thread cancelled");
}

static volatile int was_reached;

static void *write_while_cancelled(void *argument)
{
    pthread_cancel(pthread_self());
    syscall(SYS_write, *(int *)argument, "x", 1);
    was_reached = 1;
    pthread_testcancel();
    return NULL;
}

static void with_pending_cancellation(void)
{
    pthread_t thread;

    dead_fd = broken_fd("unix");
    need(pthread_create(&thread, NULL, write_while_cancelled, &dead_fd) == 0, "thread");
    pthread_join(thread, NULL);
    need(was_reached, "the code behind a raw write");
}

static void *interrupt_once(void *argument)
{
    const struct watched *w = argument;

    until_it_sleeps(w->tid);
    pthread_kill(w->thread, SIGUSR1);
    return NULL;
}

/* The write that the jump leaves was to a living pipe, so its record must not be
 * taken for that of the writes that follow. */
static void after_longjmp(void)
{
    struct watched w = {pthread_self(), (pid_t)syscall(SYS_gettid), -1};
    FILE *stream = fdopen(broken_fd("unix"), "w");
    pthread_t thread;

    on_sigusr1(jumping_handler);
    need(pipe(full_pipe) == 0 && stream != NULL, "pipe");
    need(pthread_create(&thread, NULL, interrupt_once, &w) == 0, "thread");
    if (sigsetjmp(jump, 1) == 0) {
        (void)!write(full_pipe[1], much, sizeof much);
        need(0, "a jump");
    }
    pthread_join(thread, NULL);
    fputs("x", stream);
    need(fflush(stream) == EOF && errno == EPIPE, "stdio");
    puts("longjmp: stdio lived");
    fflush(stdout);
    kill(getpid(), SIGPIPE); /* which must end the process */
}

int main(int argc, char **argv)
{
    const char *how = argc == 2 ? argv[1] : "";

    if (strcmp(how, "handler") == 0)
        in_handler();
    else if (strcmp(how, "storm") == 0)
        in_storm();
    else if (strcmp(how, "cancel") == 0)
        in_cancelled_thread();
    else if (strcmp(how, "pending") == 0)
        with_pending_cancellation();
    else if (strcmp(how, "longjmp") == 0)
        after_longjmp();
    else
        need(0, "usage");
    printf("%s: ok\n", how);
    return 0;
}
