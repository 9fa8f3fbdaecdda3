/* SPDX-License-Identifier: MIT
 *
 * What is seen after each operation.
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include <stdint.h>

#include "operation.h"

/* Exit status of what cannot go on for reasons of its own. */
enum { MODEL_BROKEN = 90 };

enum { MOST_EVENTS = 4, MOST_RECORDS = MOST_OPS + 1 };

/* What an operation has done, besides what is compared: for the comparison's limits. */
enum {
    NOTE_SKIPPED = 1,
    NOTE_RAISED = 2,       /* a transfer raised SIGPIPE */
    NOTE_OWN_IN_SCOPE = 4, /* one that is pending where a scope masks it */
    NOTE_MERGES = 8,       /* a signal to this thread, or a wait, while that is so */
    NOTE_TRANSFER = 16,    /* no signal is involved but that of a broken write */
    NOTE_MASKED = 64,      /* the library had SIGPIPE blocked during a write */
    NOTE_CHILD = 32,       /* made by a child of the sequence's process */
    NOTE_OTHER_OWN = 256,  /* as NOTE_OWN_IN_SCOPE, of the other thread */
    NOTE_LEFT = 128        /* a scope leaves a write's signal to what was there before */
};

struct record {
    uint16_t op; /* which of the sequence */
    uint16_t notes;
    int32_t error;
    int64_t result;
    uint64_t detail; /* what arrived, or what else the call tells */
    uint8_t taken;   /* the signal that was taken after a write */
    int64_t offset;  /* of the descriptor */
    uint8_t mask, pending_thread, pending_process; /* SIGPIPE: 1, SIGUSR1: 2 */
    uint8_t other_mask, other_pending;             /* of the thread that does not act */
    uint8_t handler;                               /* enum handler_id */
    uint32_t handler_flags;
    uint8_t handler_mask;
    uint8_t events;  /* handler invocations since the operation before */
    uint16_t writes; /* what came of those that handlers made, two bits each */
    uint32_t event[MOST_EVENTS];
};

/* A sequence's end: shared between its process, its children and the worker. */
struct outcome {
    int32_t status; /* as of waitpid */
    uint32_t count;
    struct record records[MOST_RECORDS];
};

#endif
