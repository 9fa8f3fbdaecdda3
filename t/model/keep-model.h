/* SPDX-License-Identifier: MIT
 *
 * Which slots keep the classic death, by the shim's rule.
 */
#ifndef MODEL_KEEP_MODEL_H
#define MODEL_KEEP_MODEL_H

#include <stdbool.h>

void kept_start(bool none); /* keep=none */

/* Standard output and error, while they are a pipeline's. */
bool kept_is(unsigned slot);

/* Is one of those broken? */
bool kept_is_any_broken(void);

#endif
