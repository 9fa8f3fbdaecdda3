/* SPDX-License-Identifier: MIT
 *
 * The traced process: makes one call between two breakpoints, and what a signal that
 * comes meanwhile asks for.  It forks for each run that the tracer requests, or makes a
 * single one itself.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include <epipe.h>

/* Descriptors: those of kept objects, and others. */
enum { OUTER_KEPT = 1, INNER_KEPT = 2, OUTER = 20, INNER = 30 };

/* A hang is a death by SIGALRM. */
enum { LIMIT = 20 };

static struct shared *shared;
static const struct request *request;
static struct target outer, inner;
static struct answer *answer; /* of the outer call, in this process */

static inline __attribute__((always_inline)) void breakpoint(void)
{
#if defined __x86_64__ || defined __i386__
    __asm__ volatile("int3" ::: "memory");
#else
    raise(SIGTRAP);
#endif
}

static long in_scope(enum call call, const struct target *target, int *swallowed)
{
    struct epipe_scope scope;
    long result;

    if (epipe_scope_enter(&scope) != 0)
        return -3;
    result = call_plain(call, target);
    *swallowed = epipe_scope_leave(&scope);
    return result;
}

static void make_call(enum call call, const struct target *target, bool is_guarded,
                      struct answer *to, int *swallowed)
{
    enum guard guard = is_guarded ? (enum guard)request->guard : GUARD_NONE;
    long result;

    to->begun = 1;
    errno = ERRNO_BEFORE;
    if (guard == GUARD_NONE)
        result = call_plain(call, target);
    else if (guard == GUARD_FLAG)
        result = call_flag(call, target);
    else
        result = in_scope(call, target, swallowed);
    to->error = errno;
    to->result = (int32_t)result;
}

static void fork_here(void)
{
    int status = -1;
    pid_t child = _Fork(); /* fork() could wait for stdio's lock, which we may have */

    if (child == 0) {
        answer = &shared->report.child;
        return;
    }
    waitpid(child, &status, 0);
    shared->report.child_status = status;
}

/* The breakpoint of a process that is not traced. */
static void on_trap(int signal)
{
    (void)signal;
}

static void on_signal(int signal)
{
    int saved = errno;
    int ignored;

    (void)signal;
    if (request->event == EVENT_FORK) {
        fork_here();
    } else {
        make_call((enum call)request->inner, &inner, inner.object != OBJECT_KEPT,
                  &shared->report.inner, &ignored);
        shared->report.inner.done = 1;
    }
    errno = saved;
}

/* One with a reader is of the kind, kept or not, that the other one is not of, so that
 * the one taken for the other shows. */
static int number(enum object object, enum object other, int kept, int elsewhere)
{
    if (object == OBJECT_ALIVE)
        return other == OBJECT_PROTECTED ? kept : elsewhere;
    return object == OBJECT_KEPT ? kept : elsewhere;
}

static void prepare(void)
{
    struct sigaction act = {.sa_handler = on_signal};
    enum object a = (enum object)request->outer, b = (enum object)request->target;
    bool is_socket = request->call == CALL_SEND || request->call == CALL_SENDMSG ||
                     request->event == EVENT_FORK;

    outer = target_make(a, is_socket, number(a, b, OUTER_KEPT, OUTER));
    inner = target_make(b, false, number(b, a, INNER_KEPT, INNER));
    sigaction(SIGUSR1, &act, NULL);
    signal(SIGTRAP, on_trap);
    if (request->call == CALL_UNBLOCK) {
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGPIPE);
        sigprocmask(SIG_BLOCK, &set, NULL);
        call_plain(CALL_SPLICE, &outer);
    }
    answer = &shared->report.outer;
    if (request->guard == GUARD_INSTALLED && epipe_install() != 0)
        _exit(91);
}

static void run(void)
{
    sigset_t set;
    int swallowed = 0;
    struct answer mine = {0};

    alarm(LIMIT);
    prepare();
    breakpoint();
    make_call((enum call)request->call, &outer, true, &mine, &swallowed);
    breakpoint();
    *answer = mine;
    answer->done = 1;
    shared->report.swallowed = swallowed;
    sigprocmask(SIG_BLOCK, NULL, &set);
    shared->report.blocked |= sigismember(&set, SIGPIPE);
    sigpending(&set);
    shared->report.pending |= sigismember(&set, SIGPIPE);
    _exit(0);
}

int main(void)
{
    char byte;

    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0);
    if (shared == MAP_FAILED)
        return 92;
    request = &shared->request;
    if (request->once)
        run();
    signal(SIGCHLD, SIG_IGN);
    __atomic_store_n(&shared->is_ready, 1, __ATOMIC_RELEASE);
    while (read(CONTROL_FD, &byte, 1) == 1) {
        pid_t child = fork();

        if (child < 0)
            return 93;
        if (child == 0) {
            signal(SIGCHLD, SIG_DFL);
            run();
        }
    }
    return 0;
}
