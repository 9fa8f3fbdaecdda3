/* SPDX-License-Identifier: MIT
 *
 * Forked children, which execute a part of the sequence.
 */
#ifndef MODEL_CHILD_H
#define MODEL_CHILD_H

#include <stdbool.h>

#include "record.h"

/* RUN executes the operations from FROM to TO. */
typedef void child_run(const struct op *ops, unsigned from, unsigned to);

/* Is this process a child of the sequence's? */
bool child_is(void);

/* Forks at the operation AT of OPS; the child executes some of those that follow, up to TO, and
 * this process waits for it.  OP_STAGE: what the operation's slot holds is the child's from
 * then on, and closed here.  Returns how many, and how the child has ended in RECORD. */
unsigned child_fork(const struct op *ops, unsigned at, unsigned to, child_run *run,
                    struct record *record);

#endif
