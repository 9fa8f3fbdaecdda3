/* SPDX-License-Identifier: MIT
 *
 * The helping thread, and the process that sends signals from outside.
 */
#include "signal-thread.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "fd-slots.h"
#include "pending.h"

static pid_t lives_in; /* the process that has the thread */
static sem_t wanted, done;
static void (*job)(void *);
static void *argument;
static bool raised;
static pid_t outside;

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0) {
    }
}

static void *serve(void *unused)
{
    for (;;) {
        wait_for(&wanted);
        job(argument);
        sem_post(&done);
    }
    return unused;
}

static void start(void)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    pthread_t thread;

    lives_in = getpid();
    sem_init(&wanted, 0, 0);
    sem_init(&done, 0, 0);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, &attributes, serve, NULL) != 0)
        fd_slot_die("pthread_create");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void signal_thread_begin(void (*to_do)(void *), void *with)
{
    if (lives_in != getpid())
        start();
    job = to_do;
    argument = with;
    sem_post(&wanted);
}

void signal_thread_wait(void) { wait_for(&done); }

static void run_transfer(void *with)
{
    const struct timespec at_once = {0, 0};
    sigset_t set;

    write_calls_run(with);
    raised = pending_own(SIGPIPE);
    if (!raised)
        return;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigtimedwait(&set, NULL, &at_once); /* takes the thread's before the process's */
}

void signal_thread_begin_transfer(struct transfer *t)
{
    signal_thread_begin(run_transfer, t);
}

bool signal_thread_was_raised(void) { return raised; }

bool signal_thread_transfer(struct transfer *t)
{
    signal_thread_begin_transfer(t);
    signal_thread_wait();
    return raised;
}

/* ---- the process outside ---------------------------------------------------- */

struct request {
    pid_t pid;
    int signal;
    unsigned number;
};

void signal_thread_outside_start(void)
{
    int ask[2], answer[2];
    struct request request;

    if (pipe(ask) != 0 || pipe(answer) != 0)
        fd_slot_die("pipe");
    outside = fork();
    if (outside == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ask[1]);
        close(FD_COMMANDS);
        close(FD_RESULTS);
        while (read(ask[0], &request, sizeof request) == (ssize_t)sizeof request) {
            kill(request.pid, request.signal);
            if (write(answer[1], &request, sizeof request) < 0)
                break;
        }
        _exit(0);
    }
    if (outside < 0 || dup2(ask[1], FD_OUTSIDE_ASK) < 0 ||
        dup2(answer[0], FD_OUTSIDE_ANSWER) < 0)
        fd_slot_die("the process outside");
    for (int i = 0; i < 2; i++) {
        close(ask[i]);
        close(answer[i]);
    }
}

pid_t signal_thread_outside_pid(void) { return outside; }

void signal_thread_outside_kill(int signal)
{
    static unsigned number;
    struct request request = {getpid(), signal, ++number};
    struct request answer = {0, 0, 0};

    if (fd_slot_write(FD_OUTSIDE_ASK, &request, sizeof request) != (ssize_t)sizeof request)
        fd_slot_die("asking outside");
    /* One that was killed by the signal has not read its answer. */
    while (answer.pid != request.pid || answer.number != request.number) {
        if (read(FD_OUTSIDE_ANSWER, &answer, sizeof answer) <= 0 && errno != EINTR)
            fd_slot_die("no answer from outside");
    }
}
