/* SPDX-License-Identifier: MIT */
#include "attach-once.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "choose.h"
#include "denied.h"
#include "inject.h"
#include "lib/core/deadline.h"
#include "maps.h"
#include "proc-status.h"
#include "safe-stop.h"
#include "sandbox.h"
#include "stub.h"
#include "target-stdio.h"
#include "tracee.h"

enum { SECONDS = 3, LOCK_SECONDS = 15, REFUSED_TRIES = 20 };

struct job {
    /* The process's, or that of a living thread where the first one has ended. */
    pid_t pid;
    const struct keep_rule *rule; /* NULL: detach */
    struct attach_report *report;
    bool is_last;     /* a GRAFT_AGAIN would be of no use */
    bool has_begun;   /* it was seen alive, and is worth an attach */
    int64_t deadline; /* of what it is waited for */
    struct proc_status status;
    struct proc_status thread; /* of the one that is stopped, with its filters */
    struct maps maps;
    struct keep keep;
    bool may_fstat; /* for all that its other threads' filters say */
    struct tracee tracee;
    struct proc_image image; /* whose memory the tracee has open */
};

__attribute__((format(printf, 3, 4))) static enum graft_result
report(const struct job *job, enum graft_result result, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(job->report->why, sizeof job->report->why, format, arguments);
    va_end(arguments);
    memcpy(job->report->name, job->status.name, sizeof job->report->name);
    return result;
}

static enum graft_result report_denied(const struct job *job)
{
    char level[16], why[160];

    proc_read_line("/proc/sys/kernel/yama/ptrace_scope", level, sizeof level);
    denied_explain(why, sizeof why, job->status.uid, geteuid(), level);
    return report(job, GRAFT_ERROR, "%s", why);
}

/* By its status alone. */
static enum graft_result judge_status(const struct job *job)
{
    const struct proc_status *status = &job->status;

    if (proc_status_has_ended(status))
        return report(job, GRAFT_ERROR, "is a zombie");
    if (status->is_kernel)
        return report(job, GRAFT_ERROR, "is a kernel thread");
    if (job->rule == NULL)
        return GRAFT_DONE;
    if (status->pid == 1)
        return report(
            job, GRAFT_NOT_NEEDED,
            "is the first process of its namespace, which SIGPIPE does not kill");
    if (proc_status_has(status->ignored, SIGPIPE))
        return report(job, GRAFT_NOT_NEEDED, "ignores SIGPIPE: nothing to do");
    return GRAFT_DONE;
}

static enum graft_result open_program(struct job *job)
{
    job->image = proc_read_image(job->pid);
    if (tracee_open(&job->tracee, job->pid))
        return GRAFT_DONE;
    if (errno == EACCES || errno == EPERM)
        return report_denied(job);
    if (errno == ENOEXEC)
        return report(job, GRAFT_CANNOT, "is for another architecture than this epipe");
    return report(job, errno == ENOENT || errno == ESRCH ? GRAFT_AGAIN : GRAFT_ERROR,
                  "its memory: %s", strerror(errno));
}

/* Before the lock, under which each signal is a stop of the first thread. */
static enum graft_result choose(struct job *job)
{
    struct tracee *t = &job->tracee;
    unsigned rank;

    while ((rank = choose_thread(job->pid, t->is32, job->deadline, &t->tid)) >= CHOOSE_SHORT) {
        if (rank >= CHOOSE_NONE)
            return report(job, errno == ENOENT ? GRAFT_AGAIN : GRAFT_ERROR,
                          "its threads: %s", strerror(errno));
        if (deadline_is_past(job->deadline))
            return report(job, GRAFT_ERROR, TRACEE_SHORT);
        deadline_pause(10);
    }
    return GRAFT_DONE;
}

static enum graft_result lock(struct job *job)
{
    struct tracee *t = &job->tracee;

    job->deadline = deadline_in(LOCK_SECONDS * 1000);
    for (int refused = 0; !tracee_lock(t);) {
        struct proc_status tracer = {.tracer = 0}; /* which may have ended by now */
        int error = errno;

        if (error != EPERM || !proc_status_read(job->pid, 0, &job->status))
            return report(job, error == ESRCH ? GRAFT_AGAIN : GRAFT_ERROR,
                          "cannot be traced: %s", strerror(error));
        refused = job->status.tracer == 0 ? refused + 1 : 0;
        /* Else another attach has just ended, or is over soon. */
        if (refused > REFUSED_TRIES || proc_status_has_ended(&job->status))
            return report_denied(job);
        if ((proc_status_read(job->status.tracer, 0, &tracer) &&
             strcmp(tracer.name, "epipe") != 0) ||
            deadline_is_past(job->deadline))
            return report(job, GRAFT_ERROR, "is being traced by process %d (%s)",
                          job->status.tracer, tracer.name);
        deadline_pause(10);
    }
    return GRAFT_DONE;
}

static enum graft_result find_memory(struct job *job)
{
    struct tracee *t = &job->tracee;

    if (!maps_read(job->pid, t->mem, t->is32 ? STUB_MAX_32 : STUB_MAX, 0, &job->maps))
        return report(job, GRAFT_ERROR, "its memory map: %s", strerror(errno));
    t->slot = job->maps.slot;
    if (job->maps.page_count == 0 && job->rule == NULL)
        return report(job, GRAFT_NOT_NEEDED, "is not protected by an attach");
    /* Its status may be from before an exec: asked again. */
    if (job->maps.page_count == 0 && proc_status_has(job->status.caught, SIGPIPE) &&
        proc_status_read(job->pid, 0, &job->status) &&
        proc_status_has(job->status.caught, SIGPIPE))
        return report(job, GRAFT_NOT_NEEDED,
                      job->maps.has_shim ? "is protected by the shim already"
                                         : "handles SIGPIPE itself: nothing to do");
    if (t->slot == 0) /* or it is in the middle of exec */
        return report(job, job->is_last ? GRAFT_CANNOT : GRAFT_AGAIN,
                      "has no room for the code of a system call");
    return GRAFT_DONE;
}

static enum graft_result stop(struct job *job)
{
    struct tracee *t = &job->tracee;
    struct proc_image image;

    if (!safe_stop(t, job->deadline))
        return report(job, GRAFT_ERROR, "%s", t->why);
    image = proc_read_image(job->pid);
    if (memcmp(&image, &job->image, sizeof image) != 0 || tracee_memory_is_gone(t))
        return report(job, GRAFT_AGAIN, "executes other programs all the time");
    if (!proc_status_read(job->pid, t->tid, &job->thread))
        return report(job, GRAFT_ERROR, "its status: %s", strerror(errno));
    return GRAFT_DONE;
}

/* All that can be read is read before the stop. */
static enum graft_result work(struct job *job)
{
    struct tracee *t = &job->tracee;
    const char *problem = proc_problem();
    enum graft_result result;
    uint64_t page;

    if (problem != NULL)
        return report(job, GRAFT_ERROR, "%s", problem);
    if (!proc_status_read_living(&job->pid, &job->status))
        return report(job, GRAFT_ERROR, "%s%s",
                      errno == ESRCH ? "" : "cannot be read: ", strerror(errno));
    if ((result = judge_status(job)) != GRAFT_DONE)
        return result;
    job->has_begun = true;
    if ((result = open_program(job)) != GRAFT_DONE || (result = choose(job)) != GRAFT_DONE)
        return result;
    if (job->rule != NULL)
        target_stdio(job->pid, false, job->rule, &job->keep);
    if ((result = lock(job)) != GRAFT_DONE || (result = find_memory(job)) != GRAFT_DONE)
        return result;
    job->deadline = deadline_in(SECONDS * 1000); /* others may have had the lock for long */
    if (job->rule != NULL &&
        (result = sandbox_asks_threads(t, job->deadline, &job->may_fstat)) != GRAFT_DONE)
        return report(job, result, "%s", t->why);
    if ((result = stop(job)) != GRAFT_DONE)
        return result;
    result = job->rule != NULL ? inject_handler(t, &job->maps, &job->thread, &job->keep,
                                                job->may_fstat, &page)
                               : inject_removal(t, &job->maps, &job->thread);
    if (result != GRAFT_DONE)
        report(job, result, "%s", t->why);
    if (!tracee_release(t) && result == GRAFT_DONE)
        result = report(job, GRAFT_ERROR, "%s", t->why);
    return result;
}

enum graft_result attach_once(pid_t pid, const struct keep_rule *rule, bool is_last,
                              struct attach_report *why)
{
    struct job job = {.pid = pid,
                      .rule = rule,
                      .report = why,
                      .is_last = is_last,
                      .deadline = deadline_in(SECONDS * 1000),
                      .tracee.mem = -1};
    enum graft_result result = work(&job);

    if (!job.has_begun || result <= GRAFT_NOT_NEEDED)
        return result;
    /* Whatever has gone wrong has by that: a refusal, too, since of what is about to end the
     * files in /proc are root's. */
    if (job.tracee.has_ended || proc_status_is_gone(job.pid, job.tracee.tid))
        return report(&job, GRAFT_AGAIN, "has ended in the meantime");
    if (tracee_memory_is_gone(&job.tracee))
        return report(&job, GRAFT_AGAIN, "executes other programs all the time");
    return result;
}
