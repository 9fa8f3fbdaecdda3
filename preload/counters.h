/* SPDX-License-Identifier: MIT
 *
 * counters.c counts what became of the SIGPIPEs that writes of this process raised, and
 * writes the summary.  The counters change in the handler only, are always kept, and can
 * be read from outside the process.  Thread-safe without a lock, async-signal-safe.
 */
#ifndef EPIPE_COUNTERS_H
#define EPIPE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "lib/core/sigpipe.h"
#include "settings.h"

/* 64 bits for its readers, of which the process uses those of an unsigned long. */
struct counter {
#if __SIZEOF_LONG__ == 4 && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    uint32_t zero;
#endif
    atomic_ulong value;
} __attribute__((aligned(8)));

/* By what was written to; COUNTERS_OTHER: or not known. */
enum { COUNTERS_PIPE, COUNTERS_SOCKET, COUNTERS_OTHER, COUNTERS_KINDS };

/* The same on every architecture but for the order of bytes; whatever changes here changes
 * the version. */
struct counters {
    uint64_t since; /* seconds of the real-time clock; 0: since exec or fork */
    struct counter swallowed[COUNTERS_KINDS];
    struct counter let_through;
};

_Static_assert(sizeof(struct counters) == 40, "the layout is fixed");

/* Exported, for readers of a process that has the shim.  What is at the address is zeroed in
 * a forked child; this is not. */
struct counters_header {
    char magic[8];
    uint32_t version;
    uint32_t size;
    uint64_t address; /* of struct counters */
    uint64_t keeps;   /* the bits below, of what keeps the default action */
};

enum { COUNTERS_STDIO = 1, COUNTERS_INHERITED = 2, COUNTERS_FD_1 = 4, COUNTERS_FD_2 = 8 };

enum { COUNTERS_VERSION = 3 };

extern struct counters_header epipe_preload_counters
    __attribute__((visibility("default")));

/* For the constructor. */
void counters_start(const struct settings *settings);

/* BROKEN was swallowed.  Its kind is what is known of it; it is asked for if the settings ask
 * for a summary.  May change errno. */
void counters_swallowed(const struct broken_write *broken);

/* One that a write of this process raised was not. */
void counters_let_through(void);

/* Writes the summary if the settings ask for one, at the end of the process that the
 * counters belong to.  May change errno. */
void counters_report(void);

#endif
