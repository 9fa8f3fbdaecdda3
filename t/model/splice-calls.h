/* SPDX-License-Identifier: MIT
 *
 * splice and tee.
 */
#ifndef MODEL_SPLICE_CALLS_H
#define MODEL_SPLICE_CALLS_H

#include "write-calls.h"

/* DATA is 8192 bytes for the pipe. */
void splice_calls_run(struct transfer *t, const char *data);

#endif
