/* SPDX-License-Identifier: MIT
 *
 * Which slot holds which object.
 */
#include "fd-slots.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fd-create.h"

static struct fd_slot objects[SLOTS];
static struct fd_slot *slots[SLOTS];
static unsigned serial;
static size_t *outstanding; /* by serial */

int fd_slot_peer(const struct fd_slot *o) { return FD_PEERS + (int)(o - objects); }

void fd_slot_prepare(void) { fd_create_prepare(); }

void fd_slot_start(size_t *shared)
{
    outstanding = shared;
    for (unsigned slot = 0; slot < SLOTS; slot++)
        close(fd_slot_fd(slot));
}

struct fd_slot *fd_slot_in(unsigned slot) { return slots[slot]; }

bool fd_slot_is_packets(const struct fd_slot *o)
{
    return o->kind == KIND_SEQPACKET || o->kind == KIND_DGRAM || o->kind == KIND_UDP;
}

bool fd_slot_is_pipe(const struct fd_slot *o)
{
    return o->kind == KIND_PIPE || o->kind == KIND_PACKET_PIPE || o->kind == KIND_FIFO;
}

bool fd_slot_is_stage(const struct fd_slot *o)
{
    return (o->kind == KIND_PIPE || o->kind == KIND_PACKET_PIPE) && !o->is_parents &&
           !fd_create_has_made_pipe();
}

bool fd_slot_is_terminal(const struct fd_slot *o)
{
    return o->kind == KIND_PTY || o->kind == KIND_PTY_MASTER;
}

bool fd_slot_is_eventfd(const struct fd_slot *o)
{
    return o->kind == KIND_EVENTFD || o->kind == KIND_EVENTFD_NEARLY_FULL;
}

short fd_slot_look(unsigned slot)
{
    struct pollfd p = {.fd = fd_slot_fd(slot), .events = POLLOUT};

    return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

static void forget(unsigned slot)
{
    struct fd_slot *o = slots[slot];

    slots[slot] = NULL;
    if (o == NULL || --o->refs > 0)
        return;
    if (o->peer_open)
        close(fd_slot_peer(o));
}

/* Moves FD to NUMBER. */
static void place(int fd, int number)
{
    if (fd < 0)
        return;
    if (dup2(fd, number) != number)
        fd_slot_die("dup2");
    close(fd);
}

/* Most often one whose broken writes raise SIGPIPE. */
enum kind fd_slot_kind(uint32_t number)
{
    static const enum kind likely[] = {KIND_PIPE,   KIND_PIPE, KIND_FIFO, KIND_STREAM,
                                       KIND_STREAM, KIND_TCP,  KIND_START};

    if (number & 1)
        return likely[(number >> 8) % (sizeof likely / sizeof *likely)];
    return (enum kind)((number >> 8) % KIND_COUNT);
}

void fd_slot_new(unsigned slot, enum kind kind)
{
    struct fd_slot *o = objects;
    int ends[2];

    fd_slot_close(slot);
    if (kind == KIND_CLOSED)
        return;
    while (o->refs > 0)
        o++;
    make(kind, ends);
    for (int i = 0; i < 2; i++) {
        int up = ends[i] < 0 ? -1 : fcntl(ends[i], F_DUPFD, FD_FREE);

        if (ends[i] >= 0)
            close(ends[i]);
        ends[i] = up;
    }
    serial++;
    *o = (struct fd_slot){
        kind, 1, serial, ends[1] >= 0, getpid(), false, &outstanding[serial]};
    *o->outstanding = 0;
    slots[slot] = o;
    place(ends[0], fd_slot_fd(slot));
    place(ends[1], fd_slot_peer(o));
    if (o->peer_open)
        fcntl(fd_slot_peer(o), F_SETFL, O_NONBLOCK);
    if (!fd_slot_is_eventfd(o)) /* it would wait for ever */
        fcntl(fd_slot_fd(slot), F_SETFL, fcntl(fd_slot_fd(slot), F_GETFL) & ~O_NONBLOCK);
}

int fd_slot_close(unsigned slot)
{
    int result;

    errno = 0;
    result = close(fd_slot_fd(slot));
    forget(slot);
    return result;
}

void fd_slot_forked(unsigned given)
{
    fd_create_forget_pipes();
    for (struct fd_slot *o = objects; o < objects + SLOTS; o++)
        o->is_parents = true;
    if (given == SLOTS)
        return;
    slots[given]->is_parents = false;
    if (slots[given]->maker == getppid())
        slots[given]->maker = getpid();
}

int fd_slot_dup(unsigned from, unsigned to)
{
    int result = dup2(fd_slot_fd(from), fd_slot_fd(to));

    if (result >= 0 && from != to) {
        struct fd_slot *o = slots[from];

        if (o != NULL)
            o->refs++;
        forget(to);
        slots[to] = o;
    }
    return result;
}
