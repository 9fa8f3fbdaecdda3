/* SPDX-License-Identifier: MIT */
#include "choose.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arch.h"
#include "control.h"
#include "deadline.h"
#include "proc-status.h"

bool choose_parse(const char *text, long *number, uint64_t args[6])
{
    unsigned long long a[6];

    if (sscanf(text, "%ld %llx %llx %llx %llx %llx %llx", number, &a[0], &a[1], &a[2],
               &a[3], &a[4], &a[5]) != 7 ||
        *number < 0)
        return false;
    for (int i = 0; i < 6; i++)
        args[i] = a[i];
    return true;
}

/* What SIGSTOP has interrupted has returned already, whatever its number says. */
static bool is_stopped(const struct proc_status *status)
{
    return status->letter == 'T' || status->letter == 't';
}

/* Of the call that it waits in; CHOOSE_NONE: it runs. */
static unsigned rank_call(pid_t pid, pid_t tid, bool is32)
{
    uint64_t args[6];
    char text[256];
    long number;

    if (proc_read_file(pid, tid, "syscall", text, sizeof text) < 0)
        return 2; /* a kernel that does not tell */
    if (!choose_parse(text, &number, args))
        return CHOOSE_NONE;
    switch (arch_effect(pid, is32, number, args)) {
    case EFFECT_NONE:
        return 0;
    case EFFECT_EINTR:
        return 1;
    case EFFECT_SHORT:
        return CHOOSE_SHORT;
    }
    return 0;
}

/* Of a thread that runs.  It may be in the middle of a write that has just been woken, or copies
 * what fits: not if it has run code of its own, by its user time, and not waited meanwhile.  One
 * that is seen to wait in such a call must do so for longer, as a clock tick may come between
 * two of them. */
static unsigned rank_running(pid_t pid, pid_t tid, bool is32)
{
    enum { LOOKS = 300, FIRST_LOOKS = 25, WRITER_TICKS = 3, MILLISECOND = 1000000 };
    const struct timespec pause = {.tv_nsec = MILLISECOND};
    unsigned long long begin = 0, ran, ticks = 1;
    struct proc_status now;
    long waits = -1;

    for (int i = 0; i < LOOKS; i++) {
        unsigned rank = rank_call(pid, tid, is32);

        if (rank < CHOOSE_SHORT)
            return rank;
        if (rank == CHOOSE_SHORT)
            ticks = WRITER_TICKS;
        if (!proc_read_user_time(pid, tid, &ran) || !proc_status_read(pid, tid, &now))
            return 2; /* a kernel that does not tell */
        if (now.waits != waits) {
            waits = now.waits;
            begin = ran;
        } else if (i >= FIRST_LOOKS && ran - begin >= ticks) {
            return 2;
        }
        nanosleep(&pause, NULL);
    }
    return CHOOSE_SHORT;
}

/* PATIENT: watches how a thread that runs goes on. */
static unsigned rank(pid_t pid, pid_t tid, bool is32, bool patient)
{
    unsigned rank = 0, call;
    struct proc_status status;

    if (!proc_status_read(pid, tid, &status))
        return CHOOSE_NONE;
    errno = ESRCH;
    if (proc_status_has_ended(&status))
        return CHOOSE_NONE;
    if (status.seccomp != 0)
        rank = CHOOSE_FILTERED;
    if (is_stopped(&status) || without("choice"))
        return rank;
    call = rank_call(pid, tid, is32);
    if (call == CHOOSE_NONE)
        call = patient ? rank_running(pid, tid, is32) : CHOOSE_SHORT;
    return rank + call;
}

/* PATIENT is the deadline until which threads that run are watched, and one that does not come
 * back short is good enough; 0: they are not. */
static unsigned choose(pid_t pid, bool is32, int64_t patient, pid_t *tid)
{
    DIR *threads = proc_open_threads(pid);
    unsigned best = CHOOSE_NONE;
    int error = ENOENT;
    pid_t one;

    if (threads == NULL)
        return CHOOSE_NONE;
    while (best >= (patient ? CHOOSE_SHORT : 1) && (!patient || deadline_clock() < patient) &&
           (one = proc_next_thread(pid, threads)) != 0) {
        unsigned is = rank(pid, one, is32, patient != 0);

        if (is == CHOOSE_NONE && errno != ESRCH)
            error = errno;
        if (is < best) {
            best = is;
            *tid = one;
        }
    }
    closedir(threads);
    errno = error;
    return best;
}

unsigned choose_thread(pid_t pid, bool is32, int64_t deadline, pid_t *tid)
{
    unsigned best = choose(pid, is32, 0, tid), patient;

    if (best < CHOOSE_SHORT || best == CHOOSE_NONE)
        return best;
    patient = choose(pid, is32, deadline, tid);
    return patient < best ? patient : best;
}

bool choose_may_stop(pid_t pid, pid_t tid, bool is32)
{
    return rank(pid, tid, is32, true) < CHOOSE_SHORT;
}
