/* SPDX-License-Identifier: MIT
 *
 * Which slot holds which object.
 */
#include "fd-slots.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fd-create.h"

static struct object objects[SLOTS];
static struct object *slots[SLOTS];
static unsigned serial;
static size_t *outstanding; /* by serial */

int object_peer(const struct object *o) { return FD_PEERS + (int)(o - objects); }

void object_prepare(void) { make_prepare(); }

void object_start(size_t *shared)
{
    outstanding = shared;
    for (unsigned slot = 0; slot < SLOTS; slot++)
        close(object_fd(slot));
}

struct object *object_in(unsigned slot) { return slots[slot]; }

bool object_is_packets(const struct object *o)
{
    return o->kind == KIND_SEQPACKET || o->kind == KIND_DGRAM || o->kind == KIND_UDP;
}

bool object_is_pipe(const struct object *o)
{
    return o->kind == KIND_PIPE || o->kind == KIND_PACKET_PIPE || o->kind == KIND_FIFO;
}

bool object_is_stage(const struct object *o)
{
    return (o->kind == KIND_PIPE || o->kind == KIND_PACKET_PIPE) && !o->is_parents &&
           !make_has_made_pipe();
}

bool object_is_terminal(const struct object *o)
{
    return o->kind == KIND_PTY || o->kind == KIND_PTY_MASTER;
}

bool object_is_eventfd(const struct object *o)
{
    return o->kind == KIND_EVENTFD || o->kind == KIND_EVENTFD_NEARLY_FULL;
}

short object_look(unsigned slot)
{
    struct pollfd p = {.fd = object_fd(slot), .events = POLLOUT};

    return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

static void forget(unsigned slot)
{
    struct object *o = slots[slot];

    slots[slot] = NULL;
    if (o == NULL || --o->refs > 0)
        return;
    if (o->peer_open)
        close(object_peer(o));
}

/* Moves FD to NUMBER. */
static void place(int fd, int number)
{
    if (fd < 0)
        return;
    if (dup2(fd, number) != number)
        object_die("dup2");
    close(fd);
}

/* Most often one whose broken writes raise SIGPIPE. */
enum kind object_kind(uint32_t number)
{
    static const enum kind likely[] = {KIND_PIPE,   KIND_PIPE, KIND_FIFO, KIND_STREAM,
                                       KIND_STREAM, KIND_TCP,  KIND_START};

    if (number & 1)
        return likely[(number >> 8) % (sizeof likely / sizeof *likely)];
    return (enum kind)((number >> 8) % KIND_COUNT);
}

void object_new(unsigned slot, enum kind kind)
{
    struct object *o = objects;
    int ends[2];

    object_close(slot);
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
    *o = (struct object){
        kind, 1, serial, ends[1] >= 0, getpid(), false, &outstanding[serial]};
    *o->outstanding = 0;
    slots[slot] = o;
    place(ends[0], object_fd(slot));
    place(ends[1], object_peer(o));
    if (o->peer_open)
        fcntl(object_peer(o), F_SETFL, O_NONBLOCK);
    if (!object_is_eventfd(o)) /* it would wait for ever */
        fcntl(object_fd(slot), F_SETFL, fcntl(object_fd(slot), F_GETFL) & ~O_NONBLOCK);
}

int object_close(unsigned slot)
{
    int result;

    errno = 0;
    result = close(object_fd(slot));
    forget(slot);
    return result;
}

void object_forked(unsigned given)
{
    make_forget_pipes();
    for (struct object *o = objects; o < objects + SLOTS; o++)
        o->is_parents = true;
    if (given == SLOTS)
        return;
    slots[given]->is_parents = false;
    if (slots[given]->maker == getppid())
        slots[given]->maker = getpid();
}

int object_dup(unsigned from, unsigned to)
{
    int result = dup2(object_fd(from), object_fd(to));

    if (result >= 0 && from != to) {
        struct object *o = slots[from];

        if (o != NULL)
            o->refs++;
        forget(to);
        slots[to] = o;
    }
    return result;
}
