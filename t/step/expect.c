/* SPDX-License-Identifier: MIT
 *
 * The rules: which run dies of SIGPIPE, and what its calls return.
 */
#include "expect.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static bool is_write(int call)
{
    return call < CALL_SIGACTION;
}

static bool is_disposition(int call)
{
    return call == CALL_SIGACTION || call == CALL_SIGNAL;
}

static bool is_scope(const struct request *r)
{
    return r->guard == GUARD_SCOPE || r->guard == GUARD_INSTALLED;
}

bool expect_applies(const struct request *r)
{
    if (r->event != EVENT_WRITE && r->target != OBJECT_PROTECTED)
        return false;
    if (r->guard != GUARD_NONE)
        return r->outer != OBJECT_KEPT && is_write(r->call) &&
               (is_scope(r) || r->call <= CALL_DPRINTF);
    if (r->call == CALL_PIPE)
        return r->outer == OBJECT_ALIVE;
    /* A forked child has not the pending signal, and not the pid, of its parent; two
     * writes that fail while SIGPIPE is blocked raise one signal. */
    if (r->call == CALL_UNBLOCK)
        return r->outer != OBJECT_ALIVE && r->event != EVENT_FORK &&
               (r->event != EVENT_WRITE || r->target == OBJECT_ALIVE);
    if (r->call == CALL_KILL && r->event == EVENT_FORK)
        return r->outer != OBJECT_KEPT;
    return true;
}

bool expect_is_known(const struct request *r)
{
    /* Where that is kept which is broken besides. */
    if (r->is_attached && r->inner == CALL_SPLICE && r->target == OBJECT_PROTECTED &&
        r->outer == OBJECT_KEPT)
        return false;
    return r->inner != CALL_RAW || r->target != OBJECT_KEPT ||
           (r->call != CALL_RAW && r->call != CALL_STDIO && r->call != CALL_DPRINTF);
}

/* By itself the outer call ends the process. */
static bool outer_dies(const struct request *r)
{
    return r->outer == OBJECT_KEPT && !is_disposition(r->call) && r->guard == GUARD_NONE;
}

/* After which broken writes kill: that is the price of not being told. */
static bool sets_default(const struct request *r)
{
    return r->is_attached && ((r->call == CALL_SIGNAL && r->outer != OBJECT_KEPT) ||
                              (r->call == CALL_SIGACTION && r->outer == OBJECT_ALIVE));
}

enum fate expect_fate(const struct request *r)
{
    bool has_kept = r->event == EVENT_WRITE && r->target == OBJECT_KEPT;

    if (outer_dies(r))
        return DIES;
    if (sets_default(r) && r->event == EVENT_WRITE && r->target == OBJECT_PROTECTED)
        return EITHER;
    if (!has_kept && r->event != EVENT_OUTSIDE)
        return LIVES;
    if (is_disposition(r->call) && r->outer == OBJECT_KEPT)
        return EITHER; /* until it is ignored */
    if (has_kept && (is_scope(r) || (r->guard == GUARD_FLAG && r->call != CALL_SEND &&
                                     r->call != CALL_SENDMSG)))
        return EITHER; /* in a scope, or while the library has SIGPIPE blocked, it is taken */
    return DIES;
}

unsigned expect_changes(const struct request *r)
{
    return is_disposition(r->call) ? 1 : 2;
}

static bool is_answer(const struct answer *answer, enum object object, bool may_set_errno)
{
    if (object == OBJECT_ALIVE)
        return answer->result == 1 && (may_set_errno || answer->error == ERRNO_BEFORE);
    return answer->result == -1 && answer->error == EPIPE;
}

static bool is_outer_answer(const struct request *r, const struct answer *answer)
{
    if (is_write(r->call))
        return is_answer(answer, (enum object)r->outer, r->call == CALL_STDIO);
    if (r->call == CALL_KILL)
        return answer->result == -1 && answer->error == ESRCH;
    if (is_disposition(r->call) && r->is_attached) /* the handler, and not SIG_DFL */
        return answer->result == -2 && answer->error == ERRNO_BEFORE;
    return answer->result == 0 && answer->error == ERRNO_BEFORE;
}

static bool is_sigpipe(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE;
}

static const char *compare_living(const struct request *r, const struct report *report)
{
    int outer = r->outer == OBJECT_PROTECTED && is_scope(r);
    int inner = r->event == EVENT_WRITE && r->target != OBJECT_ALIVE;

    if (!report->outer.done || !is_outer_answer(r, &report->outer))
        return "the call's result";
    if (r->event == EVENT_WRITE && !report->inner.done)
        return "the handler was not run";
    if (report->blocked || report->pending)
        return "SIGPIPE stayed blocked or pending";
    if (report->swallowed < outer || report->swallowed > outer + inner)
        return "what the scope swallowed";
    if (r->event != EVENT_FORK)
        return NULL;
    if (report->child_status != 0)
        return "the forked child's end";
    return report->child.done && is_outer_answer(r, &report->child)
               ? NULL
               : "the call's result in the child";
}

const char *expect_compare(const struct request *r, const struct outcome *outcome)
{
    const struct report *report = &outcome->report;
    enum fate fate = expect_fate(r);
    bool died = is_sigpipe(outcome->status);

    if (fate == EITHER)
        fate = died ? DIES : LIVES;
    if (report->inner.done && !is_answer(&report->inner, (enum object)r->target, false))
        return "the result of the handler's call";
    if (fate == DIES && died)
        return report->outer.done ? "it died too late" : NULL;
    if (fate == DIES)
        return outcome->status == 0 ? "it lives" : "how it ended";
    if (outcome->status != 0)
        return died ? "it died" : "how it ended";
    return compare_living(r, report);
}
