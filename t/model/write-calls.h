/* SPDX-License-Identifier: MIT
 *
 * One write-like call.
 */
#ifndef MODEL_WRITE_CALLS_H
#define MODEL_WRITE_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "call-form.h"
#include "operation.h"

struct transfer {
    enum code code;
    enum call_form manner; /* BY_LIBRARY: as a scope where the library has no such call */
    int fd;
    unsigned slot;
    size_t len;
    unsigned shape;   /* of the vector, the address, the flags */
    bool closes;      /* the reader leaves during the call */
    bool interrupted; /* before that, by a handler */
    bool waits; /* FD is blocking and has a reader: nothing that might wait for ever */
    /* what comes of it */
    long result;
    int error;       /* errno, which is ERRNO_BEFORE if the call left it alone */
    uint64_t detail; /* what else the call has told */
    size_t bytes, messages;
    bool is_unrecorded; /* not by a function that can be interposed, or with MSG_NOSIGNAL */
    bool was_masked;    /* the call itself had SIGPIPE blocked */
    bool is_left;       /* its signal is pending in the thread */
    bool is_limit;      /* what comes next cannot be compared */
};

enum { ERRNO_BEFORE = 1000 };

void write_calls_prepare(void);
void write_calls_run(struct transfer *t);

#endif
