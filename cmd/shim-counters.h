/* SPDX-License-Identifier: MIT
 *
 * shim-counters.c reads the counters of a shim that runs in another process.
 */
#ifndef EPIPE_SHIM_COUNTERS_H
#define EPIPE_SHIM_COUNTERS_H

#include <stdint.h>

#include "procfs.h"

/* Those of preload/counters.h. */
struct shim_counters {
    uint64_t pipe, socket, other, let_through;
    unsigned keeps; /* COUNTERS_STDIO and so on */
};

/* False if the process has none that can be read.  It does not stop, and makes no call. */
bool shim_counters_read(const struct process *process, struct shim_counters *counters);

#endif
