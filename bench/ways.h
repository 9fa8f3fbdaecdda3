/* SPDX-License-Identifier: MIT
 *
 * The ways to write that are compared.
 */
#ifndef BENCH_WAYS_H
#define BENCH_WAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct way {
    const char *name;
    bool is_send;        /* for sockets only */
    bool dies;           /* of SIGPIPE, where the other end is gone */
    void (*begin)(void); /* before and after a batch of calls, off the clock; or NULL */
    void (*end)(void);
    ssize_t (*call)(int fd, const void *buf, size_t len);
};

/* In a process of its own.  The first is a plain write. */
extern const struct way ways_plain[];
extern const unsigned ways_plain_count;

/* In a process under the shim: libc's own functions, which the shim stands before, and
 * the same by the names that programs call. */
extern const struct way ways_shim[];
extern const unsigned ways_shim_count;

/* Those that fit this process. */
const struct way *ways_here(unsigned *count);

/* Exits if there is no such way here. */
const struct way *ways_find(const char *name);

#endif
