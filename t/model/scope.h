/* SPDX-License-Identifier: MIT
 *
 * Scopes: the library's, and what the reference has in their place.
 */
#ifndef MODEL_SCOPE_H
#define MODEL_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "mode.h"
#include "record.h"

void scope_enter(enum mode mode, struct record *record);
void scope_leave(enum mode mode, uint32_t which, struct record *record);
unsigned scope_depth(void);

/* The second thread has ended; nothing of its scopes is left. */
void scope_forget_second(void);

/* The same for the whole process. */
void scope_process_enter(enum mode mode, struct record *record);
void scope_process_leave(enum mode mode, struct record *record);
unsigned scope_process_depth(void);

/* Are there scopes that need the library's handler? */
bool scope_hides_disposition(enum mode mode);

/* Is a plain write of this thread in any of them? */
bool scope_is_open(void);

/* A transfer within a scope has raised SIGPIPE.  Returns false where the library takes it
 * for the one that was pending before, and that is no longer: epipe_scope(3). */
bool scope_raised(enum mode mode);

/* What was pending is no longer: SIG_IGN was set, or this is a child. */
void scope_forget_pending(void);

/* Is there a SIGPIPE that the library hides and the reference does not have? */
bool scope_has_own(void);

#endif
