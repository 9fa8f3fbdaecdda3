/* SPDX-License-Identifier: MIT
 *
 * Memory for counters that a forked child begins anew.
 */
#ifndef EPIPE_ANEW_H
#define EPIPE_ANEW_H

#include <stdbool.h>
#include <stddef.h>

/* Returns SIZE bytes of zeros that are zeros again in every forked child, and shared
 * with a vfork child; or NULL.  They are never freed.  For the constructor. */
void *anew_memory(size_t size);

/* To be called when a counter changes: the process is then the one that they belong to,
 * unless they have another already.  Async-signal-safe; leaves errno alone; makes a system
 * call at most once in a process. */
void anew_note_owner(void);

/* Do the counters belong to this process?  Not to a vfork child.  Async-signal-safe;
 * leaves errno alone. */
bool anew_is_own(void);

#endif
