/* SPDX-License-Identifier: MIT
 *
 * protect.c decides what becomes of one SIGPIPE that a write of this process raised.
 */
#ifndef EPIPE_PROTECT_H
#define EPIPE_PROTECT_H

#include <stdbool.h>

#include "lib/core/keep.h"
#include "lib/core/sigpipe.h"
#include "lib/core/wipeonfork.h"
#include "settings.h"

extern struct keep protect_keep;
extern atomic_bool protect_made_pipe; /* by this process or one that it was forked from */

/* Remembers SETTINGS, which must stay, and what descriptors 1 and 2 are now.  JOURNAL is
 * the value of JOURNAL_STREAM, or NULL. */
void protect_start(const struct settings *settings, const char *journal);

/* Is BROKEN to be an EPIPE and nothing else?  False: the program's own
 * disposition is to act.  Fills BROKEN's mode, where it had to be asked for.
 * Async-signal-safe; may change errno. */
bool protect_should_swallow(struct broken_write *broken);

/* The program makes a pipe; it puts something on descriptor FD.  Async-signal-safe, no
 * system call. */
static inline void protect_note_pipe(void)
{
    atomic_store_explicit(&protect_made_pipe, true, memory_order_relaxed);
    epipe_wipeonfork->made_pipe = true;
}

static inline void protect_note_fd(int fd)
{
    if (fd == 1 || fd == 2)
        atomic_store_explicit(&protect_keep.replaced, true, memory_order_relaxed);
}

#endif
