/* SPDX-License-Identifier: MIT
 *
 * The parts that guards against SIGPIPE are made of, as programs write them.
 */
#ifndef BENCH_GUARDS_H
#define BENCH_GUARDS_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
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

/* libpq's steps: block, and if SIGPIPE was blocked already, is one pending?  Afterwards
 * take a new one, and restore; errno is that of the write. */
struct guard_mask {
    sigset_t before;
    bool pending;
};

static inline bool guard_is_pending(void)
{
    sigset_t set;

    return sigpending(&set) == 0 && sigismember(&set, SIGPIPE);
}

static inline void guard_block(struct guard_mask *mask)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, &mask->before);
    mask->pending = sigismember(&mask->before, SIGPIPE) && guard_is_pending();
}

/* LOOK: there may be one. */
static inline void guard_unblock(const struct guard_mask *mask, bool look)
{
    const struct timespec at_once = {0, 0};
    int saved = errno;
    sigset_t set;

    if (look && !mask->pending && guard_is_pending()) {
        sigemptyset(&set);
        sigaddset(&set, SIGPIPE);
        sigtimedwait(&set, NULL, &at_once);
    }
    pthread_sigmask(SIG_SETMASK, &mask->before, NULL);
    errno = saved;
}

/* Around a batch of calls, for the process and for this thread. */
void guard_start_ignoring(void);
void guard_stop_ignoring(void);
void guard_start_handling(void);
void guard_stop_handling(void);
void guard_install(void);
void guard_uninstall(void);
void guard_enter_process(void); /* EPIPE_KEEP_STDIO */
void guard_leave_process(void);
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
