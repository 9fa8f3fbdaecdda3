/* SPDX-License-Identifier: MIT
 *
 * Executing a sequence in one way, and noting what is seen.
 */
#ifndef MODEL_EXECUTE_H
#define MODEL_EXECUTE_H

#include "mode.h"
#include "record.h"
#include "scope.h"

enum { EXECUTE_SECONDS = 30 }; /* what hangs is ended by SIGALRM */

/* In a process of its own, which worker.c starts. */
void execute(const struct op *ops, unsigned count, enum mode mode, struct outcome *outcome);

/* One operation each; RESULT, error, detail and notes of RECORD are filled. */
void execute_transfer(const struct op *op, enum mode mode, struct record *record);
void execute_around(const struct op *op, enum mode mode, struct record *record);
void execute_object(const struct op *op, struct record *record);
void execute_signal(const struct op *op, enum mode mode, struct record *record);

#endif
