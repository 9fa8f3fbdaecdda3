/* SPDX-License-Identifier: MIT
 *
 * trace.c single-steps the traced program to an instruction of the call, lets there
 * happen what the request says, and tells how the run ended.
 */
#ifndef STEP_TRACE_H
#define STEP_TRACE_H

#include "tracee.h"

/* The instructions of a call, in their order. */
enum { PATH_LENGTH = 32768, MANY = 3 };

struct path {
    long count;
    unsigned long pc[PATH_LENGTH];
    unsigned signals[PATH_LENGTH]; /* how many have been delivered before */
    unsigned before[PATH_LENGTH]; /* how often the instruction has come before, up to MANY */
    long anchor[PATH_LENGTH];     /* the last one up to here where a breakpoint can be */
};

struct outcome {
    bool is_reached; /* otherwise the call was over before */
    int status;      /* as from waitpid */
    struct report report;
};

/* A run without an event.  Fills PATH. */
struct outcome trace_record(struct tracee *tracee, const struct request *request,
                            struct path *path);

/* A run in which what REQUEST says happens before the instruction at POSITION of PATH.
 * IS_DIRECTED: the signal is sent to the thread and not to the process, so that it is
 * delivered before a SIGPIPE that is pending there. */
struct outcome trace_run(struct tracee *tracee, const struct request *request,
                         const struct path *path, long position, bool is_directed);

#endif
