/* SPDX-License-Identifier: MIT
 *
 * The kernel sends SIGPIPE to the writing thread with si_code SI_USER and the
 * process's own pid, and so does kill(getpid(), SIGPIPE).  What tells them
 * apart, best first: the result register (EPIPE, or the 0 of a kill); that the
 * process never sent itself a SIGPIPE, which is nearly every process; a recorded
 * call on a descriptor that is broken indeed.
 */
#include "sigpipe.h"

#include <errno.h>

#include "fdstat.h"
#include "inflight.h"
#include "ksigaction.h"
#include "sigmask.h"
#include "syscall.h"
#include "ucontext.h"

/* The system call is made in forked and vfork children, and for a signal from outside.
 * A pid of 0 is that of a process outside this PID namespace. */
static bool is_own(const siginfo_t *info, const struct sigpipe_facts *facts)
{
    if (info->si_code == SI_KERNEL)
        return true;
    return info->si_pid != 0 && (info->si_pid == facts->pid ||
                                 info->si_pid == (pid_t)raw_syscall(SYS_getpid, 0, 0, 0, 0));
}

/* Could the call at O be the recorded one?  A record may have been left behind by a longjmp,
 * or a handler that runs on top of the call has made a write of its own. */
static bool is_recorded(const struct inflight *inflight, const struct decoded_context *o)
{
    const struct inflight_call *call = inflight->call;

    return inflight->frame - o->sp <= call->max_stack &&
           (!call->first_is_fd || !ARCH_ARG0_IS_EXACT(call->is_send) ||
            (int)o->arg0 == inflight->fd);
}

/* Was this thread inside the recorded call when the signal came?  Between the kernel and
 * the first handler of several the registers tell nothing, and the record is believed. */
static bool inflight_is_live(const struct inflight *inflight, const struct decoded_context *o)
{
    return inflight->frame != 0 && inflight->call != NULL &&
           (!o->after_syscall || is_recorded(inflight, o));
}

/* Is there no doubt that the recorded call has just failed?  Then the code is not read,
 * which may be executable only. */
static bool is_certain(const struct inflight *inflight, const struct decoded_context *o,
                       const siginfo_t *info, const struct sigpipe_facts *facts)
{
    return o->known && o->result == -EPIPE && inflight->frame != 0 && inflight->call != NULL &&
           !inflight->caught && is_recorded(inflight, o) && facts->sent == 0 &&
           (facts->pid == 0 || info->si_pid == facts->pid || info->si_code == SI_KERNEL);
}

static struct broken_write from_inflight(const struct inflight *inflight, const void *context)
{
    return (struct broken_write){.fd = inflight->fd,
                                 .fd_is_recorded = true,
                                 .is_send = inflight->call->is_send,
                                 .call = inflight->call->name,
                                 .caller = inflight->caller,
                                 .context = context};
}

static bool returned(const struct decoded_context *o, long result)
{
    return o->after_syscall && o->result == result;
}

/* Can the signal of the pending call PENDING be delivered at O?  Unblocking returns 0, a wait
 * that lets signals in for its time is interrupted, and the return from a handler may lead
 * anywhere: also to a call that has had its own, if PENDING was made by a handler on top of it. */
static bool may_be_pending(const struct decoded_context *o, const struct inflight *inflight,
                           const struct pending_call *pending)
{
    if (!o->after_syscall || o->result == 0 || o->result == -EINTR)
        return true;
    return inflight != NULL ? pending->outer == inflight->frame : pending->call.frame < o->sp;
}

/* Is this the signal of an earlier call, which was blocked until now? */
static struct pending_call *find_pending(const struct decoded_context *o,
                                         const struct inflight *inflight,
                                         const struct sigpipe_facts *facts)
{
    struct inflight_thread *thread = facts->thread;

    if (thread == NULL || (inflight != NULL && !inflight->caught))
        return NULL;
    /* A call without a record has its own: what is pending may have raised none.  Not if it
     * was made by the handler that has answered that one. */
    if (inflight == NULL && returned(o, -EPIPE) && o->first_kept &&
        thread->pending[0].interrupted_sp != o->sp && epipe_fdstat_is_broken((int)o->arg0))
        return NULL;
    for (struct pending_call *pending = thread->pending; pending < thread->pending + 2;
         pending++)
        if (pending->call.frame != 0 && pending->generation == facts->generation &&
            may_be_pending(o, inflight, pending) &&
            !epipe_fdstat_raises_none(pending->call.fd))
            return pending;
    return NULL;
}

/* Has the recorded call had its SIGPIPE?  This one is then that of a raw write in a handler on
 * top of ours.  But a recorded dprintf may make several broken writes. */
static bool is_answered(const struct inflight *inflight)
{
    return inflight->caught && inflight->call->max_stack == STACK_SYSCALL;
}

/* Which descriptor is it about?  INFLIGHT is the live one, or NULL; PENDING: see find_pending(). */
static struct broken_write locate(const struct decoded_context *o,
                                  const struct inflight *inflight,
                                  const struct pending_call *pending, const void *context)
{
    struct broken_write broken = {.fd = -1, .context = context};

    if (pending != NULL)
        return from_inflight(&pending->call, context);
    if (inflight != NULL)
        return is_answered(inflight) ? broken : from_inflight(inflight, context);
    if (returned(o, -EPIPE) && o->first_kept)
        broken.fd = (int)o->arg0;
    else if (o->first_kept && o->result > 0 && epipe_fdstat_is_broken((int)o->arg0))
        broken.fd = (int)o->arg0; /* a short count; io_uring's descriptor is the ring's */
    return broken;
}

/* The process may have sent SIGPIPE to itself: is there evidence that this one is
 * a write's all the same?  If it sent one after a call whose signal is pending, that
 * is to be acted upon, and it matters little which of the two this is. */
static bool is_likely(const struct sigpipe_facts *facts,
                      const struct pending_call *pending, int fd)
{
    if (facts->sent == 0)
        return true;
    if (pending != NULL)
        return pending->sent == facts->sent;
    return epipe_fdstat_is_broken(fd);
}

/* A child that was forked in a handler on top of this one judges its parent's signal. */
static bool is_parents(const siginfo_t *info, const struct sigpipe_facts *facts, int fd)
{
    return facts->pid == 0 && info->si_pid == (pid_t)raw_syscall(SYS_getppid, 0, 0, 0, 0) &&
           !epipe_fdstat_raises_none(fd);
}

/* INFLIGHT is the live one, or NULL. */
static bool judge(const siginfo_t *info, const struct decoded_context *o,
                  const struct sigpipe_facts *facts, const struct inflight *inflight,
                  const struct pending_call *pending, struct broken_write *broken)
{
    bool is_first = pending != NULL || inflight == NULL || !is_answered(inflight);

    /* A signal from outside that came in the same moment as a call's own is
     * delivered after it, with the same registers; but a recorded dprintf may make
     * several broken writes, too.  In a forked child a sandbox may kill for getpid. */
    if (returned(o, -EPIPE) && is_first) {
        *broken = locate(o, inflight, pending, broken->context);
        return (inflight != NULL && !inflight->caught && facts->pid == 0) ||
               is_own(info, facts) || is_parents(info, facts, broken->fd);
    }
    /* Another process, or this thread's own kill(..., SIGPIPE). */
    if (!is_own(info, facts) || (returned(o, 0) && o->arg1 == SIGPIPE))
        return false;
    *broken = locate(o, inflight, pending, broken->context);
    return is_likely(facts, pending, broken->fd);
}

bool epipe_sigpipe_is_from_write(const siginfo_t *info, const void *context,
                                 const struct sigpipe_facts *facts, struct broken_write *broken)
{
    struct inflight_thread *thread = facts->thread;
    struct pending_call *pending;
    struct inflight *inflight = NULL;
    struct decoded_context o;

    if (info->si_code != SI_USER && info->si_code != SI_KERNEL)
        return false;
    broken->context = ucontext_innermost(context);
    o = ucontext_registers(broken->context);
    if (thread != NULL && is_certain(&thread->now, &o, info, facts)) {
        *broken = from_inflight(&thread->now, broken->context);
        thread->now.caught = true;
        return true;
    }
    ucontext_read_code(&o, broken->context);
    if (thread != NULL && inflight_is_live(&thread->now, &o))
        inflight = &thread->now;
    pending = find_pending(&o, inflight, facts);
    if (!judge(info, &o, facts, inflight, pending, broken))
        return false;
    /* Another call's own leaves alone what is pending: it may be that of a handler on top of
     * this one, which is about to ask. */
    if (pending != NULL)
        thread->pending[0].call.frame = thread->pending[1].call.frame = 0;
    else if (inflight != NULL)
        inflight->caught = true;
    return true;
}

void epipe_sigpipe_reraise_default(struct inflight_thread *thread)
{
    struct ksigaction now;

    if (ksigaction_set_default(SIGPIPE, &now) != 0)
        return;
    if (thread != NULL)
        *thread = (struct inflight_thread){0};
    raw_syscall(SYS_tgkill, raw_syscall(SYS_getpid, 0, 0, 0, 0),
                raw_syscall(SYS_gettid, 0, 0, 0, 0), SIGPIPE, 0);
    /* A sandbox: it is delivered when the handler returns, which must not find itself then. */
    if (sigmask_change(SIG_UNBLOCK, NULL) != 0)
        return;
    /* Alive: the first process of a PID namespace does not die of it. */
    ksigaction(SIGPIPE, &now, NULL);
}
