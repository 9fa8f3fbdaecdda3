/* SPDX-License-Identifier: MIT
 *
 * What the sequence's program does with SIGPIPE and SIGUSR1.
 */
#ifndef MODEL_DISPOSITION_H
#define MODEL_DISPOSITION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "mode.h"
#include "record.h"

/* What libc adds to every disposition's flags here: SA_RESTORER on x86-64, and on i386
 * where there is no vDSO. */
extern int disposition_added_flags;

enum handler_id {
    IS_DEFAULT,
    IS_IGNORED,
    IS_SIMPLE,
    IS_SIGINFO,
    IS_CHAINING,
    IS_CHAINING_TOO,
    IS_OTHER
};

/* Puts SIGUSR1's handler in place, and the alternate stack. */
void disposition_start(enum mode mode, struct outcome *outcome);

/* The alternate stack of the second thread, from there. */
void disposition_start_second(void);

/* sigaction(SIGPIPE) to what WHAT, random bits, stands for; or signal(). */
int disposition_set(uint32_t what);
int disposition_signal(uint32_t what);

/* By libc, or by the reference, or with the library's handler over it. */
int disposition_apply(const struct sigaction *act);

/* What a handler sees; INFO may be NULL. */
void disposition_note(enum handler_id id, int signal, const siginfo_t *info);

bool disposition_is_ignored(void);

/* SIG_IGN, whatever there was; and that again. */
void disposition_ignore(struct sigaction *before);
void disposition_restore(const struct sigaction *before);

/* Reads it as the program does. */
void disposition_read(struct record *record);

/* The library may have SIGPIPE blocked when a handler runs next: that is not noted. */
void disposition_hide_mask(bool hide);

/* How many handlers have run, for other threads to ask. */
unsigned disposition_handled(void);

/* Ends the process by SIGPIPE, as its parent sees. */
void disposition_die(void);

/* kill(getpid(), SIGPIPE) */
int disposition_kill_self(int signal);

/* siginfo of a signal taken by sigtimedwait, as a number. */
uint32_t disposition_describe(int signal, const siginfo_t *info);

#endif
