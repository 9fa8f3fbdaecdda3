/* SPDX-License-Identifier: MIT
 *
 * Which slots keep the default action, by the shim's rule.
 */
#ifndef MODEL_KEEP_MODEL_H
#define MODEL_KEEP_MODEL_H

#include <stdbool.h>

/* keep=none; as after an attach, which knows nothing of start-up and of stages. */
void keep_model_start(bool none, bool attached);

/* Standard output and error, while they are a pipeline's. */
bool keep_model_is(unsigned slot);

/* Is one of those broken? */
bool keep_model_is_any_broken(void);

#endif
