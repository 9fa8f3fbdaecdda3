/* SPDX-License-Identifier: MIT
 *
 * The operations a sequence is made of.  They are plain numbers, so that a sequence can
 * be sent to a worker and shrunk; what a number means in the state that is reached, and
 * whether it means anything there, execute.c decides, in every way alike.
 */
#ifndef MODEL_OPERATION_H
#define MODEL_OPERATION_H

#include <stdint.h>
#include <stdio.h>

#include "random.h"

/* clang-format off */
#define OPERATIONS(X)                                                                     \
    /* transfers; the first four stand first, see PARTIAL in execute.c */                 \
    X(WRITE, 12) X(WRITEV, 8) X(RAW_WRITE, 5) X(PWRITEV2, 4)                              \
    X(SEND, 6) X(SENDTO, 4) X(SENDMSG, 4) X(SENDMMSG, 5) X(SENDFILE, 5)                   \
    X(SPLICE, 6) X(VMSPLICE, 3) X(TEE, 4) X(DPRINTF, 5) X(STDIO, 5)                       \
    X(WRITE_ALL, 5) X(WRITEV_ALL, 4)                                                      \
    /* a blocking write whose reader leaves when the pipe is full */                      \
    X(PARTIAL, 4)                                                                         \
    /* one that a handler interrupts, before the reader leaves */                         \
    X(INTERRUPTED, 4)                                                                     \
    /* a write with SIGPIPE ignored, or blocked and then taken or not, for its time */     \
    X(IGNORING, 5) X(TAKING, 5) X(HOLDING, 5)                                             \
    /* objects */                                                                         \
    X(NEW, 10) X(CLOSE, 2) X(DUP2, 4) X(SHUTDOWN, 4) X(NONBLOCK, 5) X(LSEEK, 2)            \
    X(PEER_READ, 10) X(PEER_CLOSE, 12) X(PEER_SHUTDOWN, 3)                                \
    /* signals */                                                                         \
    X(BLOCK, 5) X(UNBLOCK, 7) X(SETMASK, 2) X(RAISE, 2) X(PTHREAD_KILL, 1)                \
    X(KILL_SELF, 3) X(SIGQUEUE, 1) X(KILL_OUTSIDE, 3) X(SIGPENDING, 2)                    \
    X(SIGTIMEDWAIT, 4) X(SIGWAIT, 1) X(SIGACTION, 7) X(SIGNAL, 3) \
    X(CHAIN, 3) X(ARM, 3)                                                                 \
    /* the rest */                                                                        \
    X(ENTER, 8) X(LEAVE, 8) X(PROCESS_ENTER, 3) X(PROCESS_LEAVE, 4) X(THREAD, 3) X(FORK, 2) \
    X(STAGE, 4)
/* clang-format on */

enum code {
#define X(name, weight) OP_##name,
    OPERATIONS(X)
#undef X
        OP_COUNT,
    OP_LAST_TRANSFER = OP_INTERRUPTED
};

enum { SLOTS = 6, MOST_OPS = 256 };

struct op {
    uint8_t code;
    uint8_t slot, other;
    uint8_t second;  /* by the second thread */
    uint8_t plainly; /* in a scope: the plain call and not the library's */
    uint32_t len;
    uint32_t a, b; /* whatever the operation wants */
};

/* Fills OPS with COUNT operations that follow from SEED. */
void operation_generate(struct op *ops, unsigned count, uint64_t seed);

void operation_print(FILE *to, const struct op *op);

#endif
