/* SPDX-License-Identifier: MIT
 *
 * The kernel sends SIGPIPE to the writing thread with si_code SI_USER and the
 * process's own pid, and so does kill(getpid(), SIGPIPE).  What tells them
 * apart, best first: the result register (EPIPE, or the 0 of a kill); that the
 * process never sent itself a SIGPIPE, which is nearly every process; a claim
 * on a descriptor that is dead indeed.
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
                                 info->si_pid == (pid_t)raw_call(SYS_getpid, 0, 0, 0, 0));
}

/* Could the call at O be the claimed one?  A claim may have been left behind by a longjmp,
 * or a handler that runs on top of the call has made a write of its own. */
static bool is_claimed(const struct claim *claim, const struct origin *o)
{
    return claim->frame - o->sp <= claim->call->reach &&
           (!ORIGIN_FIRST_IS_EXACT || !claim->call->first_is_fd || (int)o->arg0 == claim->fd);
}

/* Was this thread inside the claimed call when the signal came?  Between the kernel and
 * the first handler of several the registers tell nothing, and the claim is believed. */
static bool claim_is_live(const struct claim *claim, const struct origin *o)
{
    return claim->frame != 0 && claim->call != NULL &&
           (!o->after_syscall || is_claimed(claim, o));
}

/* Is there no doubt that the claimed call has just failed?  Then the code is not read,
 * which may be executable only. */
static bool is_certain(const struct claim *claim, const struct origin *o,
                       const siginfo_t *info, const struct sigpipe_facts *facts)
{
    return o->known && o->result == -EPIPE && claim->frame != 0 && claim->call != NULL &&
           !claim->caught && is_claimed(claim, o) && facts->sent == 0 &&
           (facts->pid == 0 || info->si_pid == facts->pid || info->si_code == SI_KERNEL);
}

static struct broken from_claim(const struct claim *claim, const void *context)
{
    return (struct broken){
        claim->fd, true, claim->call->is_send, claim->call->name, claim->caller,
        context,   0};
}

static bool returned(const struct origin *o, long result)
{
    return o->after_syscall && o->result == result;
}

/* Can the signal of the pending call OWED be delivered at O?  Unblocking returns 0, a wait
 * that lets signals in for its time is interrupted, and the return from a handler may lead
 * anywhere: also to a call that has had its own, if OWED was made by a handler on top of it. */
static bool may_be_owed(const struct origin *o, const struct claim *claim,
                        const struct pending_call *owed)
{
    if (!o->after_syscall || o->result == 0 || o->result == -EINTR)
        return true;
    return claim != NULL ? owed->outer == claim->frame : owed->call.frame < o->sp;
}

/* Is this the signal of an earlier call, which was blocked until now? */
static struct pending_call *find_owed(const struct origin *o, const struct claim *claim,
                                      const struct sigpipe_facts *facts)
{
    struct claim_thread *thread = facts->thread;

    if (thread == NULL || (claim != NULL && !claim->caught))
        return NULL;
    for (struct pending_call *owed = thread->owed; owed < thread->owed + 2; owed++)
        if (owed->call.frame != 0 && owed->generation == facts->generation &&
            may_be_owed(o, claim, owed) && !epipe_look_raises_none(owed->call.fd))
            return owed;
    return NULL;
}

/* Has the claimed call had its SIGPIPE?  This one is then that of a raw write in a handler on
 * top of ours.  But a claimed dprintf may make several broken writes. */
static bool is_answered(const struct claim *claim)
{
    return claim->caught && claim->call->reach == CLAIM_PLAIN;
}

/* Which descriptor is it about?  CLAIM is the live one, or NULL; OWED: see find_owed(). */
static struct broken locate(const struct origin *o, const struct claim *claim,
                            const struct pending_call *owed, const void *context)
{
    struct broken broken = {.fd = -1, .context = context};

    if (owed != NULL)
        return from_claim(&owed->call, context);
    if (claim != NULL)
        return is_answered(claim) ? broken : from_claim(claim, context);
    if (returned(o, -EPIPE) && o->first_kept)
        broken.fd = (int)o->arg0;
    else if (o->first_kept && o->result > 0 && epipe_look_is_dead((int)o->arg0))
        broken.fd = (int)o->arg0; /* a short count; io_uring's descriptor is the ring's */
    return broken;
}

/* The process may have sent SIGPIPE to itself: is there evidence that this one is
 * a write's all the same?  If it sent one after a call whose signal is owed, that
 * is to be acted upon, and it matters little which of the two this is. */
static bool is_likely(const struct sigpipe_facts *facts, const struct pending_call *owed,
                      int fd)
{
    if (facts->sent == 0)
        return true;
    if (owed != NULL)
        return owed->sent == facts->sent;
    return epipe_look_is_dead(fd);
}

/* A child that was forked in a handler on top of this one judges its parent's signal. */
static bool is_parents(const siginfo_t *info, const struct sigpipe_facts *facts, int fd)
{
    return facts->pid == 0 && info->si_pid == (pid_t)raw_call(SYS_getppid, 0, 0, 0, 0) &&
           !epipe_look_raises_none(fd);
}

/* CLAIM is the live one, or NULL. */
static bool judge(const siginfo_t *info, const struct origin *o,
                  const struct sigpipe_facts *facts, const struct claim *claim,
                  const struct pending_call *owed, struct broken *broken)
{
    bool is_first = owed != NULL || claim == NULL || !is_answered(claim);

    /* A signal from outside that came in the same moment as a call's own is
     * delivered after it, with the same registers; but a claimed dprintf may make
     * several broken writes, too.  In a forked child a sandbox may kill for getpid. */
    if (returned(o, -EPIPE) && is_first) {
        *broken = locate(o, claim, owed, broken->context);
        return (claim != NULL && !claim->caught && facts->pid == 0) ||
               is_own(info, facts) || is_parents(info, facts, broken->fd);
    }
    /* Another process, or this thread's own kill(..., SIGPIPE). */
    if (!is_own(info, facts) || (returned(o, 0) && o->arg1 == SIGPIPE))
        return false;
    *broken = locate(o, claim, owed, broken->context);
    return is_likely(facts, owed, broken->fd);
}

bool epipe_sigpipe_is_from_write(const siginfo_t *info, const void *context,
                                 const struct sigpipe_facts *facts, struct broken *broken)
{
    struct claim_thread *thread = facts->thread;
    struct pending_call *owed;
    struct claim *claim = NULL;
    struct origin o;

    if (info->si_code != SI_USER && info->si_code != SI_KERNEL)
        return false;
    broken->context = origin_innermost(context);
    o = origin_registers(broken->context);
    if (thread != NULL && is_certain(&thread->now, &o, info, facts)) {
        *broken = from_claim(&thread->now, broken->context);
        thread->now.caught = true;
        return true;
    }
    origin_read_code(&o, broken->context);
    if (thread != NULL && claim_is_live(&thread->now, &o))
        claim = &thread->now;
    owed = find_owed(&o, claim, facts);
    if (!judge(info, &o, facts, claim, owed, broken))
        return false;
    /* Another call's own leaves alone what is owed: it may be that of a handler on top of
     * this one, which is about to ask. */
    if (owed != NULL)
        thread->owed[0].call.frame = thread->owed[1].call.frame = 0;
    else if (claim != NULL)
        claim->caught = true;
    return true;
}

void epipe_sigpipe_reraise_default(struct claim_thread *thread)
{
    struct sigpipe_raw now;

    if (sigpipe_set_default(&now) != 0)
        return;
    if (thread != NULL)
        *thread = (struct claim_thread){0};
    raw_call(SYS_tgkill, raw_call(SYS_getpid, 0, 0, 0, 0),
             raw_call(SYS_gettid, 0, 0, 0, 0), SIGPIPE, 0);
    /* A sandbox: it is delivered when the handler returns, which must not find itself then. */
    if (mask_change(SIG_UNBLOCK, NULL) != 0)
        return;
    /* Alive: the first process of a PID namespace does not die of it. */
    raw_call(SYS_rt_sigaction, SIGPIPE, (long)&now, 0, _NSIG / 8);
}
