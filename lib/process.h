/* SPDX-License-Identifier: MIT
 *
 * process.c counts process scopes, and tells the handler what they leave out.
 */
#ifndef EPIPE_PROCESS_H
#define EPIPE_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>

struct broken_write;

/* How many there are. */
extern atomic_uint epipe_process_scopes __attribute__((visibility("hidden")));

/* Is BROKEN a write to standard output or error, which the users want to act as without
 * their scope?  Raw system calls alone; async-signal-safe. */
bool epipe_process_keeps(const struct broken_write *broken);

#endif
