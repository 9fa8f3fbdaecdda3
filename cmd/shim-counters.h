/* SPDX-License-Identifier: MIT
 *
 * shim-counters.c reads the counters of a shim that runs in another process.
 */
#ifndef EPIPE_SHIM_COUNTERS_H
#define EPIPE_SHIM_COUNTERS_H

#include "preload/counters.h"
#include "procfs.h"

/* KEEPS: COUNTERS_STDIO and so on.  False if the process has none that can be read.  It does not
 * stop, and makes no call. */
bool shim_counters_read(const struct process *process, struct counters *counters,
                        unsigned *keeps);

#endif
