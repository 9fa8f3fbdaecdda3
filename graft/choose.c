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

/* A thread that runs may be in the middle of a write that has just been woken, or copies what
 * fits.  Not if it runs code of its own, and does not wait in the meantime. */
static bool runs_own_code(pid_t pid, pid_t tid)
{
    enum { LOOKS = 100, MILLISECOND = 1000000 };
    const struct timespec pause = {.tv_nsec = MILLISECOND};
    struct proc_status first, now;
    unsigned long long begin, ran;

    if (!proc_read_user_time(pid, tid, &begin) || !proc_status_read(pid, tid, &first))
        return true; /* a kernel that does not tell */
    for (int i = 0; i < LOOKS; i++) {
        nanosleep(&pause, NULL);
        if (!proc_read_user_time(pid, tid, &ran) || !proc_status_read(pid, tid, &now) ||
            now.waits != first.waits)
            return false;
        if (ran != begin)
            return true;
    }
    return false;
}

/* What SIGSTOP has interrupted has returned already, whatever its number says. */
static bool is_stopped(const struct proc_status *status)
{
    return status->letter == 'T' || status->letter == 't';
}

/* PATIENT: watches how a thread that runs goes on. */
static unsigned rank(pid_t pid, pid_t tid, bool is32, bool patient)
{
    unsigned rank = 0;
    struct proc_status status;
    uint64_t args[6];
    char text[256];
    long number;

    if (!proc_status_read(pid, tid, &status))
        return CHOOSE_NONE;
    errno = ESRCH;
    if (proc_status_has_ended(&status))
        return CHOOSE_NONE;
    if (status.seccomp != 0)
        rank = CHOOSE_FILTERED;
    if (is_stopped(&status) || without("choice"))
        return rank;
    if (proc_read_file(pid, tid, "syscall", text, sizeof text) < 0)
        return rank + 2; /* a kernel that does not tell */
    if (!choose_parse(text, &number, args))
        return rank + (patient && runs_own_code(pid, tid) ? 2 : CHOOSE_SHORT);
    switch (arch_effect(pid, is32, number, args)) {
    case EFFECT_NONE:
        return rank;
    case EFFECT_EINTR:
        return rank + 1;
    case EFFECT_SHORT:
        return rank + CHOOSE_SHORT;
    }
    return rank;
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
