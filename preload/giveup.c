/* SPDX-License-Identifier: MIT
 *
 * A table of counts by descriptor, of a fixed size.  A descriptor is its number and the
 * object under it, so that a number that is used again begins anew.  A count lives in one
 * of the few slots after its number's own; where all of these are taken one of them is
 * given to the newcomer, and what it counted begins anew: the program then lives longer.
 * That is one whose descriptor is closed, or is another object now; or else the one with
 * the lowest count, so that the others come to their end.
 */
#include "giveup.h"

#include <limits.h>
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

static bool is_object(struct slot *slot, const struct look *object)
{
    return atomic_load(&slot->device) == (unsigned long)object->device &&
           atomic_load(&slot->inode) == (unsigned long)object->inode;
}

/* How much is lost with SLOT. */
static unsigned worth(struct slot *slot)
{
    unsigned owner = atomic_load(&slot->owner);
    struct look object;

    if (owner == 0 || !epipe_look((int)(owner - 1), &object) || !is_object(slot, &object))
        return 0;
    return atomic_load(&slot->count);
}

/* A free slot, taken for FD; or the one that is worth least.  Of several that are worth the
 * same another one each time: two newcomers must not take it from each other for ever. */
static struct slot *take(int fd)
{
    static atomic_uint hand;
    struct slot *slot, *least = slot_at(fd, 0);
    unsigned lowest = UINT_MAX;
    unsigned first;

    for (unsigned i = 0; i < NEIGHBOURS; i++) {
        unsigned none = 0;

        slot = slot_at(fd, i);
        if (atomic_compare_exchange_strong(&slot->owner, &none, (unsigned)fd + 1) ||
            none == (unsigned)fd + 1) /* another thread has just taken it */
            return slot;
    }
    first = atomic_fetch_add(&hand, 1);
    for (unsigned i = 0; i < NEIGHBOURS && lowest > 0; i++) {
        unsigned count = worth(slot = slot_at(fd, (first + i) % NEIGHBOURS));

        if (count < lowest) {
            lowest = count;
            least = slot;
        }
    }
    atomic_store(&least->count, 0);
    atomic_store(&least->owner, (unsigned)fd + 1);
    return least;
}

/* Two threads that find a new object at the same time may lose one of its counts. */
static void begin_anew_if_other(struct slot *slot, const struct look *object)
{
    if (is_object(slot, object))
        return;
    atomic_store(&slot->count, 0);
    atomic_store(&slot->device, (unsigned long)object->device);
    atomic_store(&slot->inode, (unsigned long)object->inode);
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
