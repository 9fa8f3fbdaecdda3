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
#include <poll.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "claim.h"
#include "origin.h"

__thread struct claim_thread claim_thread;

static atomic_bool sent_to_self;
static pid_t first_pid;

void catch_start(void)
{
    first_pid = (pid_t)syscall(SYS_getpid);
}

static bool is_own_pid(pid_t pid)
{
    return pid == (pid_t)syscall(SYS_getpid);
}

void catch_expect_sent(void)
{
    atomic_store_explicit(&sent_to_self, true, memory_order_relaxed);
}

bool catch_is_dead(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    struct stat st;

    /* A terminal that hung up looks dead to poll, but never raises SIGPIPE. */
    if (fd < 0 || fstat(fd, &st) != 0 || !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
        return false;
    return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) != 0;
}

/* Was this thread inside the claimed call when the signal came?  Not if the
 * claim was left behind by a longjmp, nor if a handler that runs on top of the
 * call has made a write of its own.  Between the kernel and the first handler
 * of several the registers tell nothing, and the claim is believed. */
static bool claim_is_live(const struct claim *claim, const struct origin *o)
{
    if (claim->frame == 0)
        return false;
    if (!o->after_syscall)
        return true;
    if (claim->frame - o->sp > claim->call->reach)
        return false;
    return !ORIGIN_FIRST_IS_EXACT || !claim->call->first_is_fd || (int)o->arg0 == claim->fd;
}

static struct broken from_claim(const struct claim *claim, const void *context)
{
    return (struct broken){claim->fd, claim->call->name, claim->caller, context};
}

static bool returned(const struct origin *o, long result)
{
    return o->after_syscall && o->result == result;
}

/* Which descriptor is it about?  CLAIM is the live one, or NULL. */
static struct broken locate(const struct origin *o, const struct claim *claim,
                            const struct claim *owed, const void *context)
{
    struct broken broken = {.fd = -1, .context = context};

    if (claim != NULL)
        return from_claim(claim, context);
    if (returned(o, -EPIPE) && o->first_kept)
        broken.fd = (int)o->arg0;
    else if (o->first_kept && o->result > 0 && catch_is_dead((int)o->arg0))
        broken.fd = (int)o->arg0; /* a short count; io_uring's descriptor is the ring's */
    else if (owed->frame != 0 && (returned(o, 0) || !o->known))
        return from_claim(owed, context); /* unblocked after the call */
    return broken;
}

bool catch_is_ours(const siginfo_t *info, const void *context, struct broken *broken)
{
    struct origin o = origin_read(context);
    struct claim_thread *thread = &claim_thread;
    struct claim *claim = claim_is_live(&thread->now, &o) ? &thread->now : NULL;
    bool ours;

    if (info->si_code != SI_USER)
        return false;
    *broken = locate(&o, claim, &thread->owed, context);
    /* A signal from outside that came in the same moment as a call's own is
     * delivered after it, with the same registers; but a claimed dprintf may make
     * several broken writes, too. */
    if (returned(&o, -EPIPE))
        ours = (claim != NULL && !claim->caught) || info->si_pid == first_pid ||
               is_own_pid(info->si_pid);
    else if (!is_own_pid(info->si_pid) || (returned(&o, 0) && o.arg1 == SIGPIPE))
        ours = false; /* another process, or this thread's own kill(..., SIGPIPE) */
    else
        ours = !atomic_load_explicit(&sent_to_self, memory_order_relaxed) ||
               catch_is_dead(broken->fd);
    if (ours) {
        thread->owed.frame = 0;
        if (claim != NULL)
            claim->caught = true;
    }
    return ours;
}

void catch_die(void)
{
    /* Zero is SIG_DFL, no flags and an empty mask in every layout of the
     * kernel's struct.  libc's sigaction is not used: it may be the shim's. */
    static const unsigned long dfl[16];
    sigset_t sigpipe;

    if (syscall(SYS_rt_sigaction, SIGPIPE, dfl, NULL, _NSIG / 8) != 0)
        return;
    claim_thread = (struct claim_thread){0}; /* a vfork parent's, too */
    syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), SIGPIPE);
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    pthread_sigmask(SIG_UNBLOCK, &sigpipe, NULL);
}
