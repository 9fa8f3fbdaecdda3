/* SPDX-License-Identifier: MIT
 *
 * Which library an address belongs to, asked in a signal handler.
 */
#ifndef EPIPE_MODULE_H
#define EPIPE_MODULE_H

#include <stdbool.h>
#include <stdint.h>

enum { MODULE_NAME = 128 };

/* To be called before the others: looks up what libc offers.  UNWIND says that module_caller() will be wanted:
 * the unwinder is then loaded, and allocates, now and not in a handler. */
void module_start(bool unwind);

/* The program's name as it was at start; programs overwrite libc's own. */
const char *module_program(void);

/* Writes the file name, without directories, of the object that ADDRESS lies in,
 * cut to MODULE_NAME, and the address's distance from the object's beginning to
 * OFFSET unless that is NULL.  False if no object is there.  Async-signal-safe;
 * may change errno; where libc is older than glibc 2.35 or another one it reads
 * /proc/self/maps. */
bool module_name(const void *address, char name[static MODULE_NAME], uintptr_t *offset);

/* The first return address outside libc up from CONTEXT, the interrupted
 * context that a handler was given, or NULL where that cannot be found out. */
const void *module_caller(const void *context);

#endif
