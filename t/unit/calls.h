/* SPDX-License-Identifier: MIT
 *
 * The single calls, each with its model and the arguments to give to both.
 */
#ifndef UNIT_CALLS_H
#define UNIT_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "objects.h"

enum { LONG = 300000 };

/* GOOD is LONG bytes; EDGE is four bytes, and then the page that is not there;
 * KERNEL is what no program may name. */
enum where { GOOD, ONES, NIL, LOW, EDGE, KERNEL };
enum shape {
    ONE,
    TWO,
    MOST,
    TOO_MANY,
    NONE,
    NEGATIVE,
    EMPTY,
    EMPTY_FIRST,
    BAD_SECOND,
    BAD
};
enum source { NO_SOURCE, FILE_SOURCE, PIPE_SOURCE, SOCKET_SOURCE, TARGET };
enum offset { NO_OFFSET, OFFSET, BAD_OFFSET };
enum address { NO_ADDRESS, PEER_ADDRESS, BAD_ADDRESS, BAD_LENGTH };

struct argument {
    const char *name;
    enum where where;
    size_t length;
    enum shape shape;
    unsigned flags;
    enum source source;
    enum offset in, out;
    enum address address;
    unsigned count;
    const char *format;
};

struct subject {
    bool ours; /* not the model */
    const struct object *object;
    int source;  /* of a transfer */
    long *extra; /* whatever the call stores besides its result */
};

typedef long make_call(const struct subject *, const struct argument *);

make_call do_write, do_writev, do_writev_from_stack, do_send, do_sendto, do_sendmsg,
    do_sendmmsg, do_sendfile, do_splice, do_vmsplice, do_tee, do_dprintf;

struct call {
    const char *name;
    make_call *make;
    const struct argument *arguments[4];
};

extern const struct call calls[];
extern const size_t call_count;

#endif
