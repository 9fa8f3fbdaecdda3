/* SPDX-License-Identifier: MIT
 *
 * Does a way show what its reference shows?
 */
#ifndef MODEL_COMPARE_H
#define MODEL_COMPARE_H

#include <stdbool.h>

#include "mode.h"
#include "record.h"

struct difference {
    unsigned op;      /* which of the sequence */
    const char *what; /* NULL: there is none */
    struct record expected, seen;
};

/* HAS_FLAG: single writes have RWF_NOSIGNAL, and leave the mask alone.
 * COMPARED, if it is not NULL, is how many steps it was possible to compare. */
struct difference compare(const struct outcome *expected, const struct outcome *seen,
                          enum mode mode, bool has_flag, unsigned *compared);

#endif
