/* SPDX-License-Identifier: MIT
 *
 * handler.c handles SIGPIPE where the program has the default action: it swallows the
 * signal of a protected write and ends the process by every other one.
 *
 * The kernel is given one of several equal trampolines, whose number says what the program
 * asked for.  Those that relay call the program's own handler.
 */
#ifndef EPIPE_PRELOAD_HANDLER_H
#define EPIPE_PRELOAD_HANDLER_H

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>

#include "settings.h"

/* What a trampoline's number says. */
enum {
    HAD_SIGINFO = 1,
    HAD_RESETHAND = 2,
    RELAYS = 4,   /* to the program's handler; otherwise it stands for SIG_DFL */
    AT_START = 8, /* SIG_DFL as exec left it: without even libc's flags */
    TRAMPOLINES = 9
};

extern void (*const handler_trampolines[TRAMPOLINES])(int, siginfo_t *, void *);

/* The handler that the program has set; 0: none, or a one-shot that has fired. */
extern _Atomic uintptr_t handler_program;

/* NULL until a trampoline may be installed. */
extern const struct settings *handler_settings;

#endif
