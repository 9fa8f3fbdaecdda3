/* SPDX-License-Identifier: MIT
 *
 * A write that waits, a handler on top of it, and then the reader leaves.
 */
#ifndef MODEL_INTERRUPT_H
#define MODEL_INTERRUPT_H

#include <stdbool.h>

/* In the thread that is watched, before its write to SLOT; fills the pipe. */
void interrupt_prepare(unsigned slot);

/* While the write waits: in another thread, or in that one if it is another's write. */
void interrupt_from_thread(void);
void interrupt_here(void);

#endif
