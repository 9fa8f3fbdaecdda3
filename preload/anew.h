/* SPDX-License-Identifier: MIT
 *
 * Memory for counters that a forked child begins anew.
 */
#ifndef EPIPE_ANEW_H
#define EPIPE_ANEW_H

#include <stddef.h>

/* Returns SIZE bytes of zeros that are zeros again in every forked child, and shared
 * with a vfork child; or NULL.  They are never freed.  For the constructor. */
void *anew_memory(size_t size);

#endif
