/* SPDX-License-Identifier: MIT
 *
 * A table of counts by descriptor, of a fixed size.  A descriptor is its number and the
 * object under it, so that a number that is used again begins anew.  A count lives in one
 * of the few slots after its number's own; where all of these are taken one of them is
 * given to the newcomer, and what it counted begins anew: the program then lives longer.
 */
#include "giveup.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "anew.h"
#include "look.h"

enum { SLOTS = 256, NEIGHBOURS = 8 };

struct slot {
    atomic_uint owner; /* the descriptor's number + 1; 0: free */
    atomic_uint count;
    atomic_ulong device, inode; /* what fits: they are compared, and nothing else */
};

static unsigned limit; /* 0: off */
static struct slot unforked[SLOTS];
static struct slot *slots = unforked;

void giveup_start(const struct policy *policy)
{
    struct slot *memory;

    if (policy->give_up == 0)
        return;
    memory = anew_memory(sizeof unforked);
    if (memory != NULL)
        slots = memory;
    limit = policy->give_up;
}

static struct slot *slot_at(int fd, unsigned i)
{
    return slots + ((unsigned)fd + i) % SLOTS;
}

/* The slot of FD, or NULL. */
static struct slot *find(int fd)
{
    for (unsigned i = 0; i < NEIGHBOURS; i++) {
        struct slot *slot = slot_at(fd, i);

        if (atomic_load_explicit(&slot->owner, memory_order_relaxed) == (unsigned)fd + 1)
            return slot;
    }
    return NULL;
}

/* A free slot, taken for FD; its own, if none is free. */
static struct slot *take(int fd)
{
    struct slot *slot;

    for (unsigned i = 0; i < NEIGHBOURS; i++) {
        unsigned none = 0;

        slot = slot_at(fd, i);
        if (atomic_compare_exchange_strong(&slot->owner, &none, (unsigned)fd + 1) ||
            none == (unsigned)fd + 1) /* another thread has just taken it */
            return slot;
    }
    slot = slot_at(fd, 0);
    atomic_store(&slot->count, 0);
    atomic_store(&slot->owner, (unsigned)fd + 1);
    return slot;
}

/* Two threads that find a new object at the same time may lose one of its counts. */
static void begin_anew_if_other(struct slot *slot, const struct look *object)
{
    unsigned long device = (unsigned long)object->device;
    unsigned long inode = (unsigned long)object->inode;

    if (atomic_load(&slot->device) == device && atomic_load(&slot->inode) == inode)
        return;
    atomic_store(&slot->count, 0);
    atomic_store(&slot->device, device);
    atomic_store(&slot->inode, inode);
}

bool giveup_is_due(int fd)
{
    struct slot *slot;
    struct look object;

    if (limit == 0 || fd < 0 || !epipe_look(fd, &object))
        return false;
    slot = find(fd);
    if (slot == NULL)
        slot = take(fd);
    begin_anew_if_other(slot, &object);
    if (atomic_fetch_add(&slot->count, 1) < limit)
        return false;
    atomic_store(&slot->count, limit); /* that it never wraps */
    return true;
}

void giveup_succeeded(int fd)
{
    struct slot *slot = limit != 0 && fd >= 0 ? find(fd) : NULL;

    if (slot != NULL)
        atomic_store_explicit(&slot->count, 0, memory_order_relaxed);
}
