/* SPDX-License-Identifier: MIT
 *
 * The descriptors that sequences write to, and their other ends.
 */
#ifndef MODEL_FD_SLOTS_H
#define MODEL_FD_SLOTS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "operation.h"

enum kind {
    KIND_CLOSED, /* a number without a descriptor */
    KIND_PIPE,
    KIND_PACKET_PIPE,
    KIND_FIFO,
    KIND_STREAM,
    KIND_SEQPACKET,
    KIND_DGRAM,
    KIND_TCP,
    KIND_UDP,
    KIND_PTY,        /* the terminal's end */
    KIND_PTY_MASTER, /* the other */
    KIND_EVENTFD,
    KIND_EVENTFD_NEARLY_FULL, /* ready to poll, and takes nothing that is written here */
    KIND_FILE,
    KIND_MEMFD,
    KIND_NULL,
    KIND_FULL,
    KIND_READ_END,
    KIND_TCP_ALONE, /* never connected */
    KIND_STREAM_ALONE,
    KIND_START, /* what was standard output at exec: a stream socket, its peer gone */
    KIND_COUNT
};

/* Every number a sequence sees is fixed, so that it is the same in every way. */
enum {
    FD_PEERS = 40,
    FD_SOURCE = 60, /* a regular file to send from */
    FD_SOURCE_PIPE, /* [0] and [1] */
    FD_SOURCE_PIPE_IN,
    FD_COMMANDS = 90,
    FD_RESULTS,
    FD_DIAGNOSTICS,
    FD_OUTSIDE_ASK,
    FD_OUTSIDE_ANSWER,
    FD_LISTENER,
    FD_START,
    FD_DEAD, /* a pipe without a reader */
    FD_FREE = 100
};

struct fd_slot {
    enum kind kind;
    unsigned refs; /* slots that hold it; 0: the entry is free */
    unsigned serial;
    bool peer_open;
    pid_t maker;         /* in a child of it, the other end is the parent's too */
    bool is_parents;     /* the parent of this process has it open, too */
    size_t *outstanding; /* bytes, or messages, on their way to the peer */
};

/* The descriptor of SLOT: 1 and 2, then numbers that nobody else uses, and that on i386 are no
 * send's by socketcall. */
static inline int fd_slot_fd(unsigned slot)
{
    return slot < 2 ? (int)slot + 1 : 22 + (int)slot;
}

/* What objects need of a worker: a listener, the source file, directory for FIFOs. */
void fd_slot_prepare(void);

/* Starts a sequence: every slot closed.  OUTSTANDING has MOST_OBJECTS elements, which
 * children share. */
enum { MOST_OBJECTS = MOST_OPS + 1 };
void fd_slot_start(size_t *outstanding);

struct fd_slot *fd_slot_in(unsigned slot); /* NULL: KIND_CLOSED */
int fd_slot_peer(const struct fd_slot *o); /* its other end's descriptor */
bool fd_slot_is_packets(const struct fd_slot *o);
bool fd_slot_is_pipe(const struct fd_slot *o);
/* Is it an anonymous pipe of a parent that does not write to it itself, in a child that has
 * made no pipe? */
bool fd_slot_is_stage(const struct fd_slot *o);
bool fd_slot_is_terminal(const struct fd_slot *o);
bool fd_slot_is_eventfd(const struct fd_slot *o);

/* What poll shows of the slot's descriptor at this moment. */
short fd_slot_look(unsigned slot);

/* The kind that a random number stands for. */
enum kind fd_slot_kind(uint32_t number);

void fd_slot_new(unsigned slot, enum kind kind);
int fd_slot_close(unsigned slot);

/* This process is a child: what it has its parent has, too, but for what is in GIVEN. */
void fd_slot_forked(unsigned given);
int fd_slot_dup(unsigned from, unsigned to);
int fd_slot_shutdown(unsigned slot, int how); /* in peer.c, for the network settles */

/* Tells what a transfer to SLOT has moved, and waits until the network has done with
 * it. */
void fd_slot_sent(unsigned slot, size_t bytes, size_t messages);

/* Each returns false where it means nothing. */
bool fd_slot_peer_read(unsigned slot, size_t len, long *result, uint64_t *hash);
bool fd_slot_peer_close(unsigned slot, bool reset);
bool fd_slot_peer_shutdown(unsigned slot, int how);

/* Closes the reader of SLOT, a pipe, once the pipe is full; between the two calls
 * MEANWHILE, if it is not NULL. */
void fd_slot_close_when_full(unsigned slot, void (*meanwhile)(void));

/* As write(2), past the shim: what the test itself writes is not to be seen by it. */
ssize_t fd_slot_write(int fd, const void *data, size_t size);

_Noreturn void fd_slot_die(const char *what);

#endif
