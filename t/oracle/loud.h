/* SPDX-License-Identifier: MIT
 *
 * The loud way, the oracle for the shim: a broken write raises its signal in the thread
 * that is watched, as without any help, and a handler stands for the default action of
 * SIGPIPE.
 */
#ifndef ORACLE_LOUD_H
#define ORACLE_LOUD_H

#include <signal.h>
#include <stdbool.h>

#include "disposition.h"

/* The value of a signal that kill(getpid()) stands for. */
enum { LOUD_SELF_SENT = 0x5e1f };

/* OVERRIDES: as handlers=override has it. */
void loud_start(struct outcome *outcome, bool overrides);
int loud_set(const struct sigaction *act);
void loud_get(struct sigaction *act);
int loud_kill_self(int signal);

/* A transfer begins, to a descriptor that keeps the classic death or not.  When it has
 * ended and its signal is pending, IS_KEPT(SLOT) will say that when the signal comes. */
void loud_transfer_begins(bool is_kept);
void loud_transfer_ends(void);
void loud_failed(void); /* with EPIPE, in a call of libc's */
void loud_owes(bool (*is_kept)(int slot), int slot);

#endif
