/* SPDX-License-Identifier: MIT
 *
 * The shortest sequence that shows a difference.
 */
#ifndef MODEL_SHRINK_H
#define MODEL_SHRINK_H

#include "compare.h"
#include "worker.h"

/* FIRST is what was different, for where it is not so again. */
void shrink_and_print(const struct op *ops, unsigned count, const struct worker *reference,
                      const struct worker *tested, const struct difference *first);

#endif
