/* SPDX-License-Identifier: MIT
 *
 * The shortest sequence that shows a difference.
 */
#ifndef ORACLE_SHRINK_H
#define ORACLE_SHRINK_H

#include "worker.h"

void shrink_and_print(const struct op *ops, unsigned count, const struct worker *oracle,
                      const struct worker *tested);

#endif
