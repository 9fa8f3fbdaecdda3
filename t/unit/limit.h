/* SPDX-License-Identifier: MIT
 *
 * A bound on what may hang.
 */
#ifndef UNIT_LIMIT_H
#define UNIT_LIMIT_H

#include <stdlib.h>
#include <unistd.h>

/* Ends the process after so many seconds; an emulated machine, as make check-matrix has
 * them, takes its time. */
static inline void limit(unsigned seconds)
{
    alarm(getenv("MATRIX_LIMIT") != NULL ? 600 : seconds);
}

#endif
