/* SPDX-License-Identifier: MIT
 *
 * splice and tee.
 */
#ifndef ORACLE_MOVE_H
#define ORACLE_MOVE_H

#include "transfer.h"

/* DATA is 8192 bytes for the pipe. */
void move_run(struct transfer *t, const char *data);

#endif
