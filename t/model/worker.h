/* SPDX-License-Identifier: MIT
 *
 * A worker: a process that executes sequences in one way, each in a child of its own.
 */
#ifndef MODEL_WORKER_H
#define MODEL_WORKER_H

#include <stdbool.h>

#include "mode.h"
#include "record.h"

/* ---- the driver's side ---- */

struct worker {
    const char *name;
    enum mode mode;
    const char *refuse; /* the errno that pwritev2's flag is refused with, or NULL */
    bool under_shim;
    bool is_entered;     /* the handler is put into it at its exec */
    const char *setting; /* of the shim, as its variable; or NULL */
    unsigned reference;  /* the index of the one that it is compared with */
    bool has_flag;       /* RWF_NOSIGNAL is there, and not refused */
    /* private */
    int commands, results;
    int pid;
};

/* SELF is this program, REFUSE t/probe/refuse, SHIM the preload object, or for a worker that
 * is entered the epipe command.  Returns false where the worker cannot be had. */
bool worker_start(struct worker *worker, const char *self, const char *refuse,
                  const char *shim);
void worker_ask(const struct worker *worker, const struct op *ops, unsigned count);
void worker_answer(const struct worker *worker, struct outcome *outcome);
void worker_end(struct worker *worker);

/* ---- the worker's ---- */

_Noreturn void worker_run(enum mode mode);

#endif
