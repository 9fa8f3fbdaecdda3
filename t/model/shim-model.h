/* SPDX-License-Identifier: MIT
 *
 * The model of the shim: a broken write raises its signal in the thread
 * that is watched, as without any help, and a handler stands for the default action of
 * SIGPIPE.
 */
#ifndef MODEL_SHIM_MODEL_H
#define MODEL_SHIM_MODEL_H

#include <signal.h>
#include <stdbool.h>

#include "disposition.h"

/* The value of a signal that kill(getpid()) stands for. */
enum { MODEL_SELF_SENT = 0x5e1f };

/* Does a transfer keep the default action?  LIKE_ANY: if anything that is kept is broken then. */
enum kept { NOT_KEPT, KEPT, KEPT_LIKE_ANY };

/* The transfer that a handler has interrupted. */
struct shim_model_call {
    bool in_call;
    enum kept kept;
    bool was_pending, next_is_handlers;
};

/* OVERRIDES: as handlers=override has it.  ATTACHED: as after an attach, whose handler is a
 * disposition as any other. */
void shim_model_start(struct outcome *outcome, bool overrides, bool attached);
int shim_model_set(const struct sigaction *act);
void shim_model_get(struct sigaction *act);
int shim_model_kill_self(int signal);

/* A transfer begins.  When it has ended and its signal is pending, that is asked of SLOT (-1:
 * not known) when it comes. */
void shim_model_transfer_begins(enum kept kept);
void shim_model_transfer_ends(void);
/* With EPIPE and without a signal, in a call of libc's, for SLOT or (-1) by a handler. */
void shim_model_failed(int slot);
void shim_model_has_pending(int slot, bool by_handler);

/* A handler writes to a descriptor that is not kept. */
void shim_model_handler_begins(struct shim_model_call *outer);
void shim_model_handler_ends(const struct shim_model_call *outer);

#endif
