/* SPDX-License-Identifier: MIT
 *
 * The counts are in a table by object (device and inode), of a fixed size; the object that
 * had no signal for the longest time gives its slot to a new one.  A pipe or socket that
 * is broken stays so; but a FIFO may find a new reader, and its time of modification,
 * which each successful write changes, then says that its count begins anew.
 */
#include "give-up.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "lib/core/fdstat.h"
#include "lib/core/wipeonfork.h"

enum { SLOTS = 64 };

/* Threads that change a slot at the same time may lose a few of its counts, which makes
 * the program live longer. */
struct slot {
    atomic_ulong key; /* of the object; 0: free */
    atomic_ulong modified;
    atomic_uint count;
    atomic_uint turn; /* of the last signal */
};

static unsigned limit; /* 0: off */
static struct slot *slots;

void give_up_start(const struct settings *settings)
{
    limit = settings->give_up;
    if (limit != 0)
        slots = epipe_wipeonfork_memory(SLOTS * sizeof *slots);
}

static unsigned long key_of(const struct fdstat *object)
{
    unsigned long key =
        (unsigned long)(object->inode ^ object->device * UINT64_C(0x9e3779b97f4a7c15));

    return key != 0 ? key : 1;
}

static unsigned long modified_at(const struct fdstat *object)
{
    return S_ISFIFO(object->mode) ? (unsigned long)object->modified : 0;
}

/* The slot of OBJECT; NULL if another thread has just taken the one for it. */
static struct slot *find(const struct fdstat *object)
{
    static atomic_uint turns;
    unsigned long key = key_of(object);
    unsigned turn = atomic_fetch_add(&turns, 1);
    struct slot *oldest = slots;
    unsigned long none = 0;
    unsigned most = 0;

    for (struct slot *slot = slots; slot < slots + SLOTS; slot++) {
        unsigned long owner = atomic_load(&slot->key);
        unsigned age = owner == 0 ? UINT32_MAX : turn - atomic_load(&slot->turn);

        if (owner == key) {
            atomic_store(&slot->turn, turn);
            return slot;
        }
        if (age > most) {
            most = age;
            oldest = slot;
        }
    }
    atomic_store(&oldest->key, 0);
    atomic_store(&oldest->turn, turn);
    atomic_store(&oldest->modified, modified_at(object));
    atomic_store(&oldest->count, 0);
    return atomic_compare_exchange_strong(&oldest->key, &none, key) ? oldest : NULL;
}

bool give_up_is_due(int fd)
{
    struct fdstat object;
    struct slot *slot;

    if (limit == 0 || fd < 0 || !epipe_fdstat(fd, &object) || (slot = find(&object)) == NULL)
        return false;
    if (atomic_exchange(&slot->modified, modified_at(&object)) != modified_at(&object))
        atomic_store(&slot->count, 0);
    if (atomic_fetch_add(&slot->count, 1) < limit)
        return false;
    atomic_store(&slot->count, limit); /* that it never wraps */
    return true;
}
