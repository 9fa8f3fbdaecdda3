/* SPDX-License-Identifier: MIT
 *
 * dso.c tells in a signal handler which loaded object an address belongs to, and which
 * return addresses are on the stack.
 */
#ifndef EPIPE_DSO_H
#define EPIPE_DSO_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

enum { DSO_NAME = 128 };

/* To be called before the others: looks up what libc offers.  UNWIND says that
 * dso_stack() will be wanted: the unwinder is then loaded, and allocates, now and not
 * in a handler. */
void dso_start(bool unwind);

/* The program's name as it was at start; programs overwrite libc's own. */
const char *dso_program(void);

/* Writes the file name, without directories, of the object that ADDRESS lies in,
 * cut to DSO_NAME, and the address's distance from the object's beginning to
 * OFFSET unless that is NULL.  False if no object is there.  Async-signal-safe;
 * may change errno; where libc is older than glibc 2.35 or another one it reads
 * /proc/thread-self/maps. */
bool dso_name(const void *address, char name[static DSO_NAME], uintptr_t *offset);

struct dso_map {
    const struct link_map *link;
    uintptr_t start, end; /* where it is mapped */
};

/* The loaded object that ADDRESS lies in; false too where libc is older than glibc 2.35
 * or another one.  Async-signal-safe. */
bool dso_map(const void *address, struct dso_map *map);

/* Is ADDRESS in this very object? */
bool dso_is_shim(const void *address);

/* Is ADDRESS in libc?  False where dso_map() is.  Async-signal-safe. */
bool dso_is_libc(const void *address);

/* Is it in the kernel's object?  Likewise. */
bool dso_is_vdso(const void *address);

/* The interrupted program counter and the return addresses up from there, at most COUNT.
 * CONTEXT is what a handler was given.  CUT says whether there may be more.  Returns how
 * many; 0 where that cannot be found out.  Async-signal-safe once dso_start() has been
 * told to unwind, but for two cases that are the unwinder's: it takes a lock where the
 * program has registered frames of its own (__register_frame, as JIT compilers do), and on
 * i386 and s390x, whose libc looks for unwind tables itself, which a child that was forked
 * among threads may find held for ever; and where nothing describes a return address it
 * reads the code there, which kills if that is no address. */
int dso_stack(const void *context, const void **frames, int count, bool *cut);

#endif
