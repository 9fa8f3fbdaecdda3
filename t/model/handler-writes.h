/* SPDX-License-Identifier: MIT
 *
 * A pipe without a reader, which handlers write to.
 */
#ifndef MODEL_HANDLER_WRITES_H
#define MODEL_HANDLER_WRITES_H

#include <stdint.h>

#include "mode.h"
#include "record.h"

void handler_writes_prepare(void);

/* The next COUNT handlers that are called write; HOW, random bits, says by what. */
void handler_writes_arm(unsigned count, uint32_t how);

/* In a handler.  Adds to RECORD what comes of the write, if it has to make one. */
void handler_writes_write(enum mode mode, struct record *record);

#endif
