/* SPDX-License-Identifier: MIT
 *
 * The comparison, and where it has to stop: limits that the manual pages name, and that
 * the reference, which has no signals of broken writes, cannot show.
 */
#include "compare.h"

#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

#include "operation.h"

static const char *compare_transfer(const struct record *e, const struct record *s)
{
    if ((e->notes ^ s->notes) & NOTE_SKIPPED)
        return "whether it means anything";
    if (e->result != s->result)
        return "result";
    if (e->error != s->error)
        return "errno";
    if (e->detail != s->detail)
        return "what arrived, or what the call tells besides";
    if (e->offset != s->offset)
        return "offset";
    return NULL;
}

static const char *compare_signals(const struct record *e, const struct record *s)
{
    /* In a scope by the mask the signal of a broken write is pending until its end:
     * epipe_scope(3). */
    uint8_t hidden = e->notes & NOTE_OWN_IN_SCOPE ? 1 : 0;
    uint8_t hidden_there = e->notes & NOTE_OTHER_OWN ? 1 : 0;

    if (e->taken != s->taken)
        return "what was taken";
    if (e->mask != s->mask)
        return "mask";
    if ((e->pending_thread ^ s->pending_thread) & ~hidden)
        return "pending in the thread";
    if (e->pending_process != s->pending_process)
        return "pending in the process";
    if (e->other_mask != s->other_mask)
        return "the other thread's mask";
    if ((e->other_pending ^ s->other_pending) & ~hidden_there)
        return "pending in the other thread";
    if (e->handler != s->handler)
        return "disposition";
    if (e->handler_flags != s->handler_flags)
        return "disposition's flags";
    if (e->handler_mask != s->handler_mask)
        return "disposition's mask";
    if (e->events != s->events)
        return "number of handler invocations";
    if (memcmp(e->event, s->event, sizeof e->event) != 0)
        return "what a handler saw";
    if (e->writes != s->writes)
        return "what a handler wrote";
    return NULL;
}

static const char *compare_record(const struct record *e, const struct record *s, enum mode mode)
{
    const char *what = NULL;

    if (e->op != s->op)
        return "what is executed";
    if (mode == MODE_IGNORED)
        return e->notes & NOTE_TRANSFER ? compare_transfer(e, s) : NULL;
    if (!(e->notes & NOTE_OWN_IN_SCOPE) || e->notes & NOTE_TRANSFER)
        what = compare_transfer(e, s);
    return what ? what : compare_signals(e, s);
}

/* From here on the two may differ. */
static bool is_limit(const struct record *e, const struct record *s, enum mode mode)
{
    /* Ignored signals do not end a child, or the process. */
    if (mode == MODE_IGNORED)
        return e->op != s->op;
    /* Which under the shim is the shim, and it knows that it was a write's. */
    if ((mode == MODE_INSTALLED_SHIM || mode == MODE_LIBRARY_SHIM) && e->notes & NOTE_LEFT)
        return true;
    return ((e->notes | s->notes) & NOTE_MERGES) != 0;
}

struct difference compare(const struct outcome *expected, const struct outcome *seen,
                          enum mode mode, bool has_flag, unsigned *compared)
{
    struct difference d = {.what = NULL};
    unsigned count = expected->count < seen->count ? expected->count : seen->count;
    unsigned i;

    if (WIFEXITED(expected->status) && WEXITSTATUS(expected->status) == MODEL_BROKEN) {
        d = (struct difference){expected->records[expected->count].op,
                                "the reference is broken", expected->records[expected->count],
                                seen->records[seen->count]};
        return d;
    }
    for (i = 0; i < count && d.what == NULL; i++) {
        d.op = expected->records[i].op;
        d.expected = expected->records[i];
        d.seen = seen->records[i];
        if (is_limit(&d.expected, &d.seen, mode)) {
            if (compared)
                *compared = i;
            return d;
        }
        d.what = compare_record(&d.expected, &d.seen, mode);
        if (d.what == NULL && has_flag && d.seen.notes & NOTE_MASKED)
            d.what = "mask during the call";
    }
    if (compared)
        *compared = i;
    if (d.what != NULL || mode == MODE_IGNORED)
        return d;
    if (i < MOST_RECORDS && is_limit(&expected->records[i], &seen->records[i], mode))
        return d;
    if (expected->count != seen->count || expected->status != seen->status) {
        d.what = "the process's end";
        d.op = expected->records[count].op;
        if (seen->count > expected->count)
            d.op = seen->records[count].op;
        d.expected = expected->records[count];
        d.seen = seen->records[count];
    }
    return d;
}
