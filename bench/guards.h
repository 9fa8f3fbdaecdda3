/* SPDX-License-Identifier: MIT
 *
 * The parts that guards against SIGPIPE are made of, as programs write them.
 */
#ifndef BENCH_GUARDS_H
#define BENCH_GUARDS_H

#include <signal.h>
#include <stddef.h>
#include <time.h>

static inline void guard_ignore(struct sigaction *before)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, before);
}

static inline void guard_restore(const struct sigaction *before)
{
    sigaction(SIGPIPE, before, NULL);
}

static inline void guard_block(sigset_t *before)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, before);
}

/* Takes a pending SIGPIPE, if there is one. */
static inline void guard_take(void)
{
    const struct timespec at_once = {0, 0};
    sigset_t set;

    sigpending(&set);
    if (!sigismember(&set, SIGPIPE))
        return;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigtimedwait(&set, NULL, &at_once);
}

static inline void guard_unblock(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* Around a batch of calls, for the process and for this thread. */
void guard_start_ignoring(void);
void guard_stop_ignoring(void);
void guard_install(void);
void guard_uninstall(void);
void guard_open_scope(void);
void guard_close_scope(void);
void guard_open_installed(void);
void guard_close_installed(void);

/* Guards with nothing in them. */
struct guard {
    const char *name;
    void (*begin)(void); /* before and after a batch, off the clock; or NULL */
    void (*end)(void);
    void (*run)(unsigned calls);
};

extern const struct guard guards[];
extern const unsigned guards_count;

#endif
