/* SPDX-License-Identifier: MIT
 *
 * What the tracer asks of a traced process and what that process reports: memory that
 * both map, with one layout for both word sizes.
 */
#ifndef STEP_STEP_H
#define STEP_STEP_H

#include <stdint.h>

/* Where the traced process finds the shared memory, and what it waits at. */
enum { SHARED_FD = 100, CONTROL_FD = 101 };

/* How the traced process protects its writes: not at all (the shim may), by the
 * library's calls, by a scope, by a scope after epipe_install(). */
enum guard { GUARD_NONE, GUARD_FLAG, GUARD_SCOPE, GUARD_INSTALLED };

/* The call that is stepped through. */
enum call {
    CALL_WRITE,
    CALL_WRITEV,
    CALL_SEND,
    CALL_SENDMSG,
    CALL_SENDFILE,
    CALL_SPLICE,
    CALL_DPRINTF,
    CALL_STDIO,
    CALL_RAW,
    CALL_SIGACTION,
    CALL_SIGNAL,
    CALL_KILL,
    CALL_PIPE,
    CALL_UNBLOCK, /* of a SIGPIPE that an earlier write has raised */
    CALLS
};

/* What is written to: a broken object that is to be protected, one that is to keep the
 * default action, one with a reader.  For the calls that set dispositions, kill and
 * pipe see call_plain(). */
enum object { OBJECT_PROTECTED, OBJECT_KEPT, OBJECT_ALIVE, OBJECTS };

/* What happens at one instruction. */
enum event {
    EVENT_WRITE,   /* a signal whose handler writes */
    EVENT_FORK,    /* a signal whose handler forks; both processes go on */
    EVENT_OUTSIDE, /* SIGPIPE from another process */
    EVENTS
};

struct request {
    int32_t once; /* the run is to be made by the process itself, not by a fork */
    int32_t guard;
    int32_t is_attached; /* the handler is an attach's, which knows nothing of sigaction() */
    int32_t call;
    int32_t outer; /* its object */
    int32_t event;
    int32_t inner;  /* the handler's call: CALL_WRITE, CALL_RAW or CALL_SPLICE */
    int32_t target; /* and its object */
};

struct answer {
    int32_t begun, done, result, error;
};

struct report {
    struct answer outer, inner, child; /* child: the outer call in the forked child */
    int32_t child_status;              /* as from waitpid */
    int32_t swallowed;                 /* what the scope said when it was left */
    int32_t blocked, pending;          /* SIGPIPE, at the end */
};

struct shared {
    struct request request;
    struct report report;
    int32_t is_ready; /* the process waits for a request */
};

/* errno before a call, which one that succeeds leaves as it is. */
enum { ERRNO_BEFORE = 4000 };

#endif
