/* SPDX-License-Identifier: MIT */
#include "attach.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "choose.h"
#include "denied.h"
#include "inject.h"
#include "maps.h"
#include "proc-status.h"
#include "stub.h"
#include "target-stdio.h"
#include "tracee.h"

enum { TRY_MILLISECONDS = 10, WRITE_TRIES = 300, TRACED_TRIES = 300, AGAIN_TRIES = 20 };

struct job {
    pid_t pid; /* of a thread of its that lives: whose files in /proc are read */
    const struct keep_rule *rule; /* NULL: detach */
    struct attach_report *report; /* shared with the parent */
    int tries;
    struct proc_status status;
    struct maps maps;
    struct keep keep;
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
    char level[16], why[128];

    proc_read_line("/proc/sys/kernel/yama/ptrace_scope", level, sizeof level);
    denied_explain(why, sizeof why, job->status.uid, level);
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

static void pause_briefly(void)
{
    nanosleep(&(const struct timespec){.tv_nsec = TRY_MILLISECONDS * 1000000L}, NULL);
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
    return report(job, GRAFT_AGAIN, "its memory: %s", strerror(errno));
}

static enum graft_result lock(struct job *job)
{
    struct tracee *t = &job->tracee;

    for (int tries = 0, refused = 0; !tracee_lock(t); tries++) {
        struct proc_status tracer = {.name = "epipe"}; /* if it has ended by now */
        int error = errno;

        if (error != EPERM || !proc_status_read(job->pid, 0, &job->status))
            return report(job, error == ESRCH ? GRAFT_AGAIN : GRAFT_ERROR,
                          "cannot be traced: %s", strerror(error));
        refused = job->status.tracer == 0 ? refused + 1 : 0;
        if (refused > AGAIN_TRIES) /* else another attach has just ended, or is over soon */
            return report_denied(job);
        proc_status_read(job->status.tracer, 0, &tracer);
        if (strcmp(tracer.name, "epipe") != 0 || tries == TRACED_TRIES)
            return report(job, GRAFT_ERROR, "is being traced by process %d (%s)",
                          job->status.tracer, tracer.name);
        pause_briefly();
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
    if (job->maps.page_count == 0 && proc_status_has(job->status.caught, SIGPIPE))
        return report(job, GRAFT_NOT_NEEDED,
                      job->maps.has_shim ? "is protected by the shim already"
                                         : "handles SIGPIPE itself: nothing to do");
    if (t->slot == 0) /* or it is in the middle of exec */
        return report(job, job->tries < AGAIN_TRIES ? GRAFT_AGAIN : GRAFT_CANNOT,
                      "has no room for the code of a system call");
    return GRAFT_DONE;
}

/* Before the lock, under which each signal is a stop of the first thread. */
static enum graft_result choose(struct job *job)
{
    struct tracee *t = &job->tracee;
    unsigned rank;

    for (int tries = 0; (rank = choose_thread(job->pid, t->is32, &t->tid)) >= CHOOSE_SHORT;
         tries++) {
        if (rank >= CHOOSE_NONE)
            return report(job, GRAFT_AGAIN, "has ended in the meantime");
        if (tries == WRITE_TRIES)
            return report(job, GRAFT_ERROR,
                          "waits in a call that would come back short: try again");
        pause_briefly();
    }
    return GRAFT_DONE;
}

static enum graft_result stop(struct job *job)
{
    struct tracee *t = &job->tracee;
    struct proc_image image;

    for (int tries = 0; choose_is_short(job->pid, t->tid, t->is32); tries++) {
        if (tries == WRITE_TRIES)
            return report(job, GRAFT_ERROR,
                          "waits in a call that would come back short: try again");
        tracee_serve_lock(t);
        pause_briefly();
    }
    if (!tracee_seize(t, 0))
        return report(job, errno == ESRCH ? GRAFT_AGAIN : GRAFT_ERROR,
                      "cannot be traced: %s", strerror(errno));
    if (!tracee_stop(t))
        return report(job, GRAFT_ERROR, "%s", t->why);
    image = proc_read_image(job->pid);
    if (memcmp(&image, &job->image, sizeof image) != 0)
        return report(job, GRAFT_AGAIN, "executes other programs all the time");
    proc_status_read(job->pid, t->tid, &job->status); /* the thread's filters */
    return GRAFT_DONE;
}

/* All that can be read is read before the stop. */
static enum graft_result work(struct job *job)
{
    struct tracee *t = &job->tracee;
    enum graft_result result;
    uint64_t page;

    if (!proc_is_own())
        return report(job, GRAFT_ERROR, "/proc is that of another PID namespace");
    if (!proc_status_read_living(&job->pid, &job->status))
        return report(job, GRAFT_ERROR, errno == ESRCH ? "no such process" : "cannot be read");
    if ((result = judge_status(job)) != GRAFT_DONE ||
        (result = open_program(job)) != GRAFT_DONE || (result = choose(job)) != GRAFT_DONE ||
        (result = lock(job)) != GRAFT_DONE || (result = find_memory(job)) != GRAFT_DONE)
        return result;
    if (job->rule != NULL)
        target_stdio(job->pid, job->rule, &job->keep);
    if ((result = stop(job)) != GRAFT_DONE)
        return result;
    result = job->rule != NULL
                 ? inject_handler(t, &job->maps, &job->status, &job->keep, &page)
                 : inject_removal(t, &job->maps);
    if (result != GRAFT_DONE)
        report(job, result, "%s", t->why);
    if (!tracee_release(t) && result == GRAFT_DONE)
        result = report(job, GRAFT_ERROR, "%s", t->why);
    return result;
}

/* In a process of its own, and with all signals blocked: the pause is short. */
static int work_apart(struct job *job)
{
    pid_t child = fork();
    sigset_t all;
    int status;

    if (child == 0) {
        enum graft_result result;

        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        signal(SIGCHLD, SIG_DFL);
        result = work(job);
        _exit(job->tracee.has_ended ? GRAFT_AGAIN : (int)result);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return (int)report(job, GRAFT_ERROR, "%s", strerror(errno));
    if (!WIFEXITED(status))
        return (int)report(job, GRAFT_ERROR, "the attach was killed");
    return WEXITSTATUS(status);
}

enum graft_result attach(pid_t pid, const struct keep_rule *rule, struct attach_report *report)
{
    struct attach_report *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct job job = {.pid = pid, .rule = rule, .report = shared};
    int result = GRAFT_AGAIN;

    *report = (struct attach_report){.why = "out of memory"};
    if (shared == MAP_FAILED)
        return GRAFT_ERROR;
    while (result == GRAFT_AGAIN && job.tries++ < AGAIN_TRIES) {
        if (job.tries > 1)
            pause_briefly();
        result = work_apart(&job);
    }
    *report = *shared;
    munmap(shared, sizeof *shared);
    return result == GRAFT_AGAIN ? GRAFT_ERROR : (enum graft_result)result;
}
