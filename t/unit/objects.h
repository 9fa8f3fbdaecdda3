/* SPDX-License-Identifier: MIT
 *
 * One descriptor of every kind that can be written to, or not.
 */
#ifndef UNIT_OBJECTS_H
#define UNIT_OBJECTS_H

#include <stddef.h>

struct object {
    int fd;   /* the one to write to */
    int peer; /* the other end, or -1 */
};

enum state { LIVING, DEAD, SHUT, PEER_SHUT, FULL, UNCONNECTED };

/* How to see what a write did. */
enum look {
    LOOK_NOWHERE,
    LOOK_PEER, /* everything is at the other end as soon as the call returns */
    LOOK_MARK, /* everything is there when a mark is that was written after it */
    LOOK_END,  /* everything is there when the end of the file is */
    LOOK_FILE, /* the file's contents and offset */
    LOOK_SELF  /* read the descriptor itself */
};

struct kind {
    const char *name;
    void (*make)(const struct kind *, struct object *);
    int type; /* of a socket */
    int flags;
    enum state state;
    enum look look;
    const char *path;
};

extern const struct kind kinds[];
extern const size_t kind_count;

/* Fills SEEN with what there is to see of an object, message for message where it has
 * messages, and returns its length. */
size_t object_look(const struct kind *, const struct object *, char *seen, size_t size);
void object_close(struct object *);

#endif
