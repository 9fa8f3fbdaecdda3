/* SPDX-License-Identifier: MIT
 *
 * What sees to it that a transfer comes to an end, and always to the same.
 */
#ifndef MODEL_TIME_LIMIT_H
#define MODEL_TIME_LIMIT_H

#include <stdbool.h>

#include "write-calls.h"

/* Changes T where need be.  Returns false if it is better not made. */
bool time_limit(struct transfer *t);

/* The same for a blocking write whose reader leaves: to a pipe that only this process
 * reads, which is empty and will be filled, or is full and will be waited for. */
bool time_limit_partial(struct transfer *t, const struct op *op);

#endif
