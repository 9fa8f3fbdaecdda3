/* SPDX-License-Identifier: MIT
 *
 * Making the objects.
 */
#ifndef MODEL_FD_CREATE_H
#define MODEL_FD_CREATE_H

#include "fd-slots.h"

void fd_create_prepare(void);

/* ends[0] is what a sequence writes to, ends[1] the other end, or -1.  Neither has a
 * number that stays. */
void make(enum kind kind, int ends[2]);

/* Has this process made a pipe since it was forked, or since the other call? */
bool fd_create_has_made_pipe(void);
void fd_create_forget_pipes(void);

#endif
