/* SPDX-License-Identifier: MIT */
#include "choose.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arch.h"
#include "control.h"
#include "lib/core/deadline.h"
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

/* A thread that runs may be in the middle of a write that has just been woken, or copies what
 * fits: not if it has run code of its own for two clock ticks of its user time, and not waited
 * meanwhile.  One tick may come between two writes; and a virtual machine that stood still has
 * many of them at once, but it has not been looked at. */
static bool runs_own_code(const struct proc_status *status, unsigned long long ticks,
                          struct choose_watch *watch)
{
    enum { LOOKS = 10, TICKS = 2 };

    if (watch->looks == 0 || status->waits != watch->waits)
        *watch = (struct choose_watch){status->waits, ticks, 0};
    return watch->looks++ >= LOOKS && ticks - watch->ticks >= TICKS;
}

unsigned choose_look(pid_t pid, pid_t tid, bool is32, struct choose_watch *watch)
{
    unsigned call = rank_call(pid, tid, is32), rank = 0;
    struct proc_status status;
    unsigned long long ticks;
    bool has_time = call == CHOOSE_NONE && proc_read_user_time(pid, tid, &ticks);

    if (!proc_status_read(pid, tid, &status)) /* the last, so that no wait is missed */
        return CHOOSE_NONE;
    errno = ESRCH;
    if (proc_status_has_ended(&status))
        return CHOOSE_NONE;
    if (status.seccomp != 0)
        rank = CHOOSE_FILTERED;
    if (is_stopped(&status) || without("choice"))
        return rank;
    if (call != CHOOSE_NONE) {
        watch->looks = 0;
        return rank + call;
    }
    if (!has_time || runs_own_code(&status, ticks, watch))
        return rank + 2;
    return rank + CHOOSE_SHORT;
}

/* Until it does not run, or is found to run code of its own. */
static unsigned watch_thread(pid_t pid, pid_t tid, bool is32, int64_t deadline)
{
    enum { LOOKS = 1000 };
    struct choose_watch watch = {0};
    unsigned rank = CHOOSE_SHORT;

    for (int looks = 0; looks < LOOKS; looks++) {
        rank = choose_look(pid, tid, is32, &watch);
        if (rank < CHOOSE_SHORT || rank == CHOOSE_NONE || watch.looks == 0 ||
            deadline_is_past(deadline))
            break;
        deadline_pause(1);
    }
    return rank;
}

/* PATIENT: until when threads that run are watched, and one that does not come back short is
 * good enough; 0: they are not. */
static unsigned choose(pid_t pid, bool is32, int64_t patient, pid_t *tid)
{
    DIR *threads = proc_open_threads(pid);
    unsigned best = CHOOSE_NONE;
    int error = ENOENT;
    pid_t one;

    if (threads == NULL)
        return CHOOSE_NONE;
    while (best >= (patient ? CHOOSE_SHORT : 1) && (!patient || !deadline_is_past(patient)) &&
           (one = proc_next_thread(pid, threads)) != 0) {
        unsigned is = watch_thread(pid, one, is32, patient);

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
