/* SPDX-License-Identifier: MIT
 *
 * What a run has to end in, by what the calls and signals mean and not by how the
 * library works.
 */
#ifndef STEP_EXPECT_H
#define STEP_EXPECT_H

#include <stdbool.h>

#include "trace.h"

/* EITHER: there is one instruction of the call, or a first and a last, from which on it is
 * different; the changes are counted. */
enum fate { LIVES, DIES, EITHER };

/* Does the combination mean anything? */
bool expect_applies(const struct request *request);

/* A raw write in a handler, while the signal of another call that is not seen or may make
 * several writes is judged: then nothing says which of them the next signal is from.  After
 * an attach nothing says what splice() has written to. */
bool expect_is_known(const struct request *request);

enum fate expect_fate(const struct request *request);

/* How often a fate of EITHER may change between the call's first and last instruction. */
unsigned expect_changes(const struct request *request);

/* Returns what is wrong about OUTCOME, or NULL. */
const char *expect_compare(const struct request *request, const struct outcome *outcome);

#endif
