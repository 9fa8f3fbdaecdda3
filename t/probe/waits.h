/* SPDX-License-Identifier: MIT
 *
 * What waits.c and its calls share.
 */
#ifndef PROBE_WAITS_H
#define PROBE_WAITS_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "broken-fd.h"

enum { WAITS_SECONDS = 4, WAITS_UNKNOWN = -99 };

/* The futex call that takes libc's struct timespec. */
#if defined SYS_futex
#define SYS_futex_wait SYS_futex
#else
#define SYS_futex_wait SYS_futex_time64
#endif

struct waits {
    struct {
        atomic_int is_there, woken;
    } * shared;
    int pipe[2], pair[2], fd;
    pid_t other;
    bool is_timed; /* the call ends by its timeout */
    volatile sig_atomic_t hits;
    char directory[32], path[64]; /* of files */
    char buffer[4 << 20];
};

extern struct waits w;

static inline bool is_woken(void) { return atomic_load(&w.shared->woken); }

/* Makes CALL, or runs CODE, and returns what that returned; WAITS_UNKNOWN: there is none. */
long waits_call(const char *call);
long waits_code(const char *code);

/* What the call "linger" needs, for prepare(). */
void waits_make_lingering(void);

#endif
