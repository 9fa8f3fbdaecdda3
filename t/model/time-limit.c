/* SPDX-License-Identifier: MIT
 *
 * What sees to it that a transfer comes to an end, and always to the same.
 */
#include "time-limit.h"

#include <fcntl.h>
#include <unistd.h>

#include "fd-slots.h"
#include "handler-writes.h"
#include "interrupt.h"

static void at_most(struct transfer *t, size_t len)
{
    if (t->len > len)
        t->len = len;
}

bool time_limit(struct transfer *t)
{
    const struct fd_slot *o = fd_slot_in(t->slot);
    bool by_libc = t->code == OP_DPRINTF || t->code == OP_STDIO;
    int flags = fcntl(t->fd, F_GETFL);

    if (o == NULL || flags < 0)
        return true;
    /* The network and the terminal's queue take their time: never near their limits. */
    if (o->kind == KIND_TCP || o->kind == KIND_UDP || fd_slot_is_terminal(o)) {
        size_t most = o->kind == KIND_TCP ? 30000 : o->kind == KIND_UDP ? 20 : 800;
        bool answers =
            !o->peer_open && !(o->kind == KIND_TCP && fd_slot_look(t->slot) & POLLHUP);

        at_most(t, o->kind == KIND_TCP ? 2000 : o->kind == KIND_UDP ? 500 : 100);
        if (*o->outstanding >= most || (o->kind == KIND_UDP && t->code == OP_SENDFILE) ||
            (o->kind == KIND_UDP && t->code == OP_SPLICE))
            return false;
        if (answers) { /* one packet, for a second one would meet the answer or not */
            t->waits = true;
            at_most(t, 100);
            if (t->code == OP_SENDFILE || t->code == OP_SPLICE)
                return false;
        }
    }
    if (flags & O_NONBLOCK || !o->peer_open)
        return true;
    t->waits = true;
    at_most(t, by_libc ? 100 : 4096);
    return fd_slot_look(t->slot) & POLLOUT;
}

/* The pipe is full, and the write waits for room. */
static void prepare_interrupted(struct transfer *t, const struct op *op)
{
    static const enum code codes[] = {OP_WRITE, OP_SPLICE, OP_WRITEV, OP_RAW_WRITE};

    t->code = codes[op->b % 4];
    t->shape |= 1 << 8; /* spliced from the file, not from a pipe */
    t->len = 1000;
    t->interrupted = true;
    /* Beside it a kept one that is broken, which it is not to be taken for. */
    if (op->a & 2 && op->slot != 0)
        fd_slot_new(0, KIND_START);
    handler_writes_arm(op->a & 1, op->b >> 8);
    interrupt_prepare(t->slot);
}

bool time_limit_partial(struct transfer *t, const struct op *op)
{
    struct fd_slot *o = fd_slot_in(t->slot);
    uint64_t hash;
    long n;

    if (o == NULL || !fd_slot_is_pipe(o) || !o->peer_open || o->maker != getpid())
        return false;
    while (fd_slot_peer_read(t->slot, 1 << 20, &n, &hash) && n > 0) {
    }
    fcntl(t->fd, F_SETFL, fcntl(t->fd, F_GETFL) & ~O_NONBLOCK);
    t->code = (enum code)(op->b % (op->plainly ? 3 : 4));
    if (t->code == OP_PWRITEV2) /* which raises two signals, that a scope would count */
        t->code = OP_WRITE_ALL;
    t->closes = true;
    t->shape = 1 << 12; /* an ordinary vector and address */
    t->shape |= 7 << 8;
    t->len = 1 << 20;
    if (op->code == OP_INTERRUPTED)
        prepare_interrupted(t, op);
    return true;
}
