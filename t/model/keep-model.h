/* SPDX-License-Identifier: MIT
 *
 * Which slots keep the default action, by the shim's rule.
 */
#ifndef MODEL_KEEP_MODEL_H
#define MODEL_KEEP_MODEL_H

#include <stdbool.h>

#include "mode.h"

/* An attach knows nothing of start-up and of stages, and a program that was entered nothing of
 * stages. */
void keep_model_start(enum mode mode);

/* Standard output and error, while they are a pipeline's. */
bool keep_model_is(unsigned slot);

/* Is one of those broken? */
bool keep_model_is_any_broken(void);

#endif
