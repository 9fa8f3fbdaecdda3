/* SPDX-License-Identifier: MIT
 *
 * The judgement of one SIGPIPE: did a write of this process raise it, and on
 * which descriptor.  The handler that asks lives with its user.
 *
 * The kernel sends SIGPIPE to the writing thread with si_code SI_USER and the
 * process's own pid, and so does kill(getpid(), SIGPIPE).  What tells them
 * apart, best first: the result register (EPIPE, or the 0 of a kill); that the
 * process never sent itself a SIGPIPE, which is nearly every process; a claim
 * on a descriptor that is dead indeed.
 */
#include "catch.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "claim.h"
#include "look.h"
#include "mask.h"
#include "origin.h"
#include "sigpipe.h"
#include "wipeonfork.h"

void epipe_catch_start(void)
{
    epipe_wipeonfork_start();
}

/* The system call is made in forked and vfork children, and for a signal from outside. */
static bool is_own_pid(pid_t pid)
{
    return pid == epipe_wipeonfork->pid || pid == (pid_t)syscall(SYS_getpid);
}

void epipe_catch_expect_sent(void)
{
    atomic_fetch_add_explicit(&epipe_claim_sent, 1, memory_order_relaxed);
}

/* Was this thread inside the claimed call when the signal came?  Not if the
 * claim was left behind by a longjmp, nor if a handler that runs on top of the
 * call has made a write of its own.  Between the kernel and the first handler
 * of several the registers tell nothing, and the claim is believed. */
static bool claim_is_live(const struct claim *claim, const struct origin *o)
{
    if (claim->frame == 0 || claim->call == NULL)
        return false;
    if (!o->after_syscall)
        return true;
    if (claim->frame - o->sp > claim->call->reach)
        return false;
    return !ORIGIN_FIRST_IS_EXACT || !claim->call->first_is_fd || (int)o->arg0 == claim->fd;
}

static struct broken from_claim(const struct claim *claim, const void *context)
{
    return (struct broken){claim->fd, true, claim->call->is_send, claim->call->name, claim->caller, context};
}

static bool returned(const struct origin *o, long result)
{
    return o->after_syscall && o->result == result;
}

/* Is this the signal of an earlier call, which was blocked until now?  Unblocking
 * returns 0, a wait that lets signals in for its time is interrupted, and the return
 * from a handler may lead anywhere. */
static bool is_owed(const struct origin *o, const struct claim_thread *thread)
{
    return thread->owed.frame != 0 &&
           (!o->after_syscall || o->result == 0 || o->result == -EINTR);
}

/* Which descriptor is it about?  CLAIM is the live one, or NULL. */
static struct broken locate(const struct origin *o, const struct claim *claim,
                            const struct claim_thread *thread, const void *context)
{
    struct broken broken = {.fd = -1, .context = context};

    if (claim != NULL)
        return from_claim(claim, context);
    if (returned(o, -EPIPE) && o->first_kept)
        broken.fd = (int)o->arg0;
    else if (o->first_kept && o->result > 0 && epipe_look_is_dead((int)o->arg0))
        broken.fd = (int)o->arg0; /* a short count; io_uring's descriptor is the ring's */
    else if (is_owed(o, thread))
        return from_claim(&thread->owed, context);
    return broken;
}

/* The process has sent SIGPIPE to itself or may have: is there evidence that it is
 * a write's all the same?  If it sent one after a call whose signal is owed, that
 * is to be acted upon, and it matters little which of the two this is. */
static bool is_likely(const struct origin *o, const struct claim *claim,
                      const struct claim_thread *thread, int fd)
{
    unsigned sent = atomic_load_explicit(&epipe_claim_sent, memory_order_relaxed);

    if (sent == 0)
        return true;
    if (claim == NULL && is_owed(o, thread))
        return thread->owed_sent == sent;
    return epipe_look_is_dead(fd);
}

bool epipe_catch_is_ours(const siginfo_t *info, const void *context, struct broken *broken)
{
    struct claim_thread *thread = &epipe_claim_thread;
    struct claim *claim;
    struct origin o;
    bool ours;

    if (info->si_code != SI_USER)
        return false;
    context = origin_innermost(context);
    o = origin_read(context);
    claim = claim_is_live(&thread->now, &o) ? &thread->now : NULL;
    *broken = locate(&o, claim, thread, context);
    /* A signal from outside that came in the same moment as a call's own is
     * delivered after it, with the same registers; but a claimed dprintf may make
     * several broken writes, too. */
    if (returned(&o, -EPIPE))
        ours = (claim != NULL && !claim->caught) || is_own_pid(info->si_pid);
    else if (!is_own_pid(info->si_pid) || (returned(&o, 0) && o.arg1 == SIGPIPE))
        ours = false; /* another process, or this thread's own kill(..., SIGPIPE) */
    else
        ours = is_likely(&o, claim, thread, broken->fd);
    /* A claimed call's own leaves alone what is owed: it may be that of a handler on top of
     * this one, which is about to ask. */
    if (ours && claim != NULL)
        claim->caught = true;
    else if (ours)
        thread->owed.frame = 0;
    return ours;
}

void epipe_catch_die(void)
{
    struct sigpipe_raw now;

    if (sigpipe_set_default(&now) != 0)
        return;
    epipe_claim_thread = (struct claim_thread){0}; /* a vfork parent's, too */
    syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), SIGPIPE);
    /* A sandbox: it is delivered when the handler returns, which must not find itself then. */
    if (mask_change(SIG_UNBLOCK, NULL) != 0)
        return;
    /* Alive: the first process of a PID namespace does not die of it. */
    syscall(SYS_rt_sigaction, SIGPIPE, &now, NULL, _NSIG / 8);
}
