/* SPDX-License-Identifier: MIT
 *
 * What is written to: a pipe, a unix stream, a TCP connection over loopback, and
 * /dev/null.  The writing thread empties them itself, off the clock, so that no reader
 * competes with it.
 */
#ifndef BENCH_OBJECTS_H
#define BENCH_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>

struct object {
    const char *name;
    bool is_socket;
    int fd;   /* to write to; does not block, so that a full object shows */
    int peer; /* to read from, or -1 */
};

enum { OBJECT_KINDS = 4, OBJECT_SIZE_MOST = 65536 };

extern const char *const object_names[OBJECT_KINDS];

/* Returns false if there is no such kind.  Exits where it cannot be made. */
bool object_open(struct object *object, const char *name);
void object_close(const struct object *object);

/* Reads what has been written. */
void object_drain(const struct object *object);

/* How many writes of SIZE bytes it takes with some room left, before it must be drained:
 * tried out. */
unsigned object_room(const struct object *object, size_t size);

#endif
