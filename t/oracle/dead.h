/* SPDX-License-Identifier: MIT
 *
 * A pipe without a reader, which handlers write to.
 */
#ifndef ORACLE_DEAD_H
#define ORACLE_DEAD_H

#include <stdint.h>

#include "record.h"
#include "way.h"

void dead_prepare(void);

/* The next COUNT handlers that are called write; HOW, random bits, says by what. */
void dead_arm(unsigned count, uint32_t how);

/* In a handler.  Adds to RECORD what comes of the write, if it has to make one. */
void dead_write(enum way way, struct record *record);

#endif
