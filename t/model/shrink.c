/* SPDX-License-Identifier: MIT
 *
 * Shrinking: operations are taken out, halves first and single ones last, as long as a
 * difference remains.
 */
#include "shrink.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "compare.h"

enum { MOST_TRIES = 2000 };

static struct difference try(const struct op *ops, unsigned count,
                             const struct worker *reference, const struct worker *tested,
                             struct outcome outcomes[2])
{
    worker_ask(reference, ops, count);
    worker_ask(tested, ops, count);
    worker_answer(reference, &outcomes[0]);
    worker_answer(tested, &outcomes[1]);
    return compare(&outcomes[0], &outcomes[1], tested->mode, tested->has_flag, NULL);
}

static void print_status(const char *who, const struct outcome *outcome)
{
    int status = outcome->status;

    printf("  %s: %u steps, then ", who, outcome->count);
    if (WIFSIGNALED(status))
        printf("killed by signal %d\n", WTERMSIG(status));
    else
        printf("exit status %d\n", WEXITSTATUS(status));
}

static void print_record(const char *who, const struct record *r)
{
    printf("  %s: result %lld errno %d detail %llx offset %lld mask %u pending %u/%u "
           "other %u %u "
           "handler %u flags %x mask %u events %u",
           who, (long long)r->result, r->error, (unsigned long long)r->detail,
           (long long)r->offset, r->mask, r->pending_thread, r->pending_process, r->other_mask,
           r->other_pending, r->handler, r->handler_flags, r->handler_mask, r->events);
    for (unsigned i = 0; i < r->events && i < MOST_EVENTS; i++)
        printf(" %08x", r->event[i]);
    printf(" notes %x\n", r->notes);
}

static void print(const struct op *ops, unsigned count, const struct difference *d,
                  const struct outcome outcomes[2])
{
    printf("  step %u: %s\n", d->op, d->what);
    print_record("expected", &d->expected);
    print_record("seen    ", &d->seen);
    print_status("expected", &outcomes[0]);
    print_status("seen    ", &outcomes[1]);
    printf("  shortest sequence: %u\n", count);
    for (unsigned i = 0; i < count; i++) {
        printf("  %3u ", i);
        operation_print(stdout, &ops[i]);
    }
}

void shrink_and_print(const struct op *ops, unsigned count, const struct worker *reference,
                      const struct worker *tested, const struct difference *first)
{
    static struct outcome outcomes[2];
    struct op shortest[MOST_OPS], shorter[MOST_OPS];
    struct difference d;
    unsigned tries = 0, chunk = count;

    memcpy(shortest, ops, count * sizeof *ops);
    d = try(shortest, count, reference, tested, outcomes);
    if (d.what == NULL) {
        printf("  step %u: %s; the second time there is no difference\n", first->op,
               first->what);
        print_record("expected", &first->expected);
        print_record("seen    ", &first->seen);
        return;
    }
    while (chunk > 0 && tries < MOST_TRIES) {
        bool removed = false;

        for (unsigned at = 0; at < count && tries < MOST_TRIES;) {
            unsigned size = chunk < count - at ? chunk : count - at;

            memcpy(shorter, shortest, at * sizeof *ops);
            memcpy(shorter + at, shortest + at + size, (count - at - size) * sizeof *ops);
            tries++;
            if (size < count &&
                try(shorter, count - size, reference, tested, outcomes).what != NULL) {
                count -= size;
                memcpy(shortest, shorter, count * sizeof *ops);
                removed = true;
            } else {
                at += size;
            }
        }
        if (!removed)
            chunk /= 2;
    }
    d = try(shortest, count, reference, tested, outcomes);
    if (d.what != NULL)
        print(shortest, count, &d, outcomes);
}
