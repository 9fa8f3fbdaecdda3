/* SPDX-License-Identifier: MIT
 *
 * The kernel wipes it (Linux 4.14): no pid to compare at each use, no handler of
 * fork's, and right for a fork that libc does not see.  Where the kernel does not know
 * how, a child goes on with its parent's counts.
 *
 * A vfork child runs in its parent's memory, so who owns that is told by a pid beside it.
 */
#include "anew.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static atomic_long *owner; /* a pid, or 0 */

static void *map(size_t size)
{
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return NULL;
    madvise(memory, size, MADV_WIPEONFORK);
    return memory;
}

void *anew_memory(size_t size)
{
    if (owner == NULL)
        owner = map(sizeof *owner);
    anew_note_owner();
    return map(size);
}

void anew_note_owner(void)
{
    long none = 0;

    if (owner != NULL && atomic_load(owner) == none)
        atomic_compare_exchange_strong(owner, &none, syscall(SYS_getpid));
}

bool anew_is_own(void)
{
    anew_note_owner();
    return owner == NULL || atomic_load(owner) == syscall(SYS_getpid);
}
