/* SPDX-License-Identifier: MIT
 *
 * Calls that wait: a full pipe and a full socket.  Cancelled, the cleanup handler
 * finds the mask as it was; interrupted, they restart or say EINTR as the model does;
 * and a reader that takes a part and leaves makes them short, without the signal that
 * the kernel raises with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "limit.h"
#include "waiters.h"

enum { TAKEN = 65536 };

enum how { CANCELLED, INTERRUPTED, RESTARTED, IN_PART };

struct outcome {
    ssize_t result;
    int error;
    bool cancelled, blocked, pending; /* the last two as the thread finds them after it */
};

/* One call of a thread. */
struct wait {
    ssize_t (*call)(int fd);
    int fd;
    _Atomic pid_t thread;
    atomic_bool done;
    struct outcome outcome;
};

static atomic_int interruptions;

static void interrupt(int number)
{
    (void)number;
    interruptions++;
}

static void look_after(void *argument)
{
    struct wait *w = argument;
    sigset_t set;

    pthread_sigmask(SIG_BLOCK, NULL, &set);
    w->outcome.blocked = sigismember(&set, SIGPIPE);
    sigpending(&set);
    w->outcome.pending = sigismember(&set, SIGPIPE);
}

static void *wait_in_call(void *argument)
{
    struct wait *w = argument;

    w->thread = (pid_t)syscall(SYS_gettid);
    pthread_cleanup_push(look_after, w);
    errno = 0;
    w->outcome.result = w->call(w->fd);
    w->outcome.error = errno;
    pthread_cleanup_pop(1);
    w->done = true;
    return NULL;
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
}

static char state_of(pid_t thread)
{
    char path[64], text[128];
    int fd;
    ssize_t n;

    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)thread);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0 ? strrchr(text, ')')[2] : '?';
}

/* Until the thread sleeps, which it does in the call only, or has ended. */
static void settle(struct wait *w)
{
    int asleep = 0;

    for (int times = 0; asleep < 4 && !w->done; times++) {
        assert_true(times < 20000);
        nap();
        asleep = w->thread != 0 && state_of(w->thread) == 'S' ? asleep + 1 : 0;
    }
}

static void fill(int fd)
{
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    while (write(fd, waiters_data, 4096) > 0)
        ;
    while (write(fd, waiters_data, 1) > 0)
        ;
    assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
}

static void take_a_part(struct wait *w, int reader)
{
    static char taken[TAKEN];

    assert_true(read(reader, taken, sizeof taken) > 0);
    settle(w);
}

static struct outcome run(const struct waiter *waiter, bool ours, bool full, enum how how)
{
    struct sigaction act = {.sa_flags = how == RESTARTED ? SA_RESTART : 0};
    struct wait w = {.call = ours ? waiter->ours : waiter->model};
    int pair[2], before = interruptions;
    pthread_t thread;
    void *result;

    act.sa_handler = interrupt;
    sigaction(SIGUSR1, &act, NULL);
    signal(SIGPIPE, ours ? SIG_DFL : SIG_IGN);
    assert_int_equal(
        waiter->on_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, pair) : pipe(pair), 0);
    w.fd = pair[1];
    if (full)
        fill(w.fd);
    waiters_from = waiters_full_pipe();
    assert_int_equal(pthread_create(&thread, NULL, wait_in_call, &w), 0);
    settle(&w);
    if (how == CANCELLED) {
        /* sendfile is no cancellation point: it goes on until its reader leaves. */
        assert_int_equal(pthread_cancel(thread), 0);
        if (strcmp(waiter->name, "sendfile") == 0)
            close(pair[0]), pair[0] = -1;
        assert_int_equal(pthread_join(thread, &result), 0);
        w.outcome.cancelled = result == PTHREAD_CANCELED;
    } else {
        if (how == IN_PART && !w.done) {
            take_a_part(&w, pair[0]);
        } else if (!w.done) {
            pthread_kill(thread, SIGUSR1);
            while (interruptions == before)
                nap();
            settle(&w);
        }
        close(pair[0]);
        pair[0] = -1;
        pthread_join(thread, NULL);
    }
    if (pair[0] >= 0)
        close(pair[0]);
    close(pair[1]);
    close(waiters_from);
    return w.outcome;
}

static void compare(enum how how)
{
    int failed = 0;

    for (size_t i = 0; i < 2 * waiter_count; i++) {
        const struct waiter *w = &waiters[i / 2];
        bool full = i % 2;

        /* Cancelled, glibc's dprintf leaves a dangling stream in the list of streams. */
        if (how == CANCELLED && strcmp(w->name, "dprintf") == 0)
            continue;
        struct outcome model = run(w, false, full, how), ours = run(w, true, full, how);

        if (ours.result == model.result && ours.error == model.error &&
            ours.cancelled == model.cancelled && !ours.blocked && !ours.pending)
            continue;
        failed++;
        fprintf(stderr, "# %s on a %s%s: %zd, errno %d%s%s%s, but should be %zd, errno %d%s\n",
                w->name, full ? "full " : "", w->on_socket ? "socket" : "pipe",
                ours.result, ours.error, ours.cancelled ? ", cancelled" : "",
                ours.blocked ? ", SIGPIPE blocked" : "", ours.pending ? ", pending" : "",
                model.result, model.error, model.cancelled ? ", cancelled" : "");
    }
    assert_int_equal(failed, 0);
}

/* Left out where they cannot be: ASan does not know of the frames that a cancellation
 * leaves, and TSan keeps signals back until a call returns. */
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
static void cancelled(void **state)
{
    (void)state;
    compare(CANCELLED);
}
#endif

#ifndef __SANITIZE_THREAD__
static void interrupted(void **state)
{
    (void)state;
    compare(INTERRUPTED);
}

static void restarted(void **state)
{
    (void)state;
    compare(RESTARTED);
}
#endif

static void done_in_part(void **state)
{
    (void)state;
    compare(IN_PART);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
        cmocka_unit_test(cancelled),
#endif
#ifndef __SANITIZE_THREAD__
        cmocka_unit_test(interrupted),
        cmocka_unit_test(restarted),
#endif
        cmocka_unit_test(done_in_part),
    };

    limit(60);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
