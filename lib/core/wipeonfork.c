/* SPDX-License-Identifier: MIT */
#include "wipeonfork.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "keep-errno.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* A page, as the smallest is. */
static union {
    struct wipeonfork head;
    char room[4096];
} unwiped;
static size_t used = (sizeof(struct wipeonfork) + 15) & ~(size_t)15;

struct wipeonfork *epipe_wipeonfork = &unwiped.head;
bool epipe_wipeonfork_works;

void epipe_wipeonfork_start(void)
{
    KEEP_ERRNO;
    pid_t pid;
    void *page;

    if (epipe_wipeonfork_works)
        return;
    pid = (pid_t)syscall(SYS_getpid);
    page = mmap(NULL, sizeof unwiped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
    if (page != MAP_FAILED && madvise(page, sizeof unwiped, MADV_WIPEONFORK) == 0) {
        epipe_wipeonfork = page;
        epipe_wipeonfork->pid = pid;
        epipe_wipeonfork_works = true;
    } else if (page != MAP_FAILED) { /* LCOV_EXCL_START: Linux before 4.14 */
        munmap(page, sizeof unwiped);
    } /* LCOV_EXCL_STOP */
    atomic_store(&epipe_wipeonfork->owner, pid);
}

void *epipe_wipeonfork_memory(size_t size)
{
    void *memory = (char *)epipe_wipeonfork + used;

    used += (size + 15) & ~(size_t)15;
    return memory;
}

void epipe_wipeonfork_own(void)
{
    long none = 0;

    if (atomic_load(&epipe_wipeonfork->owner) == none)
        atomic_compare_exchange_strong(&epipe_wipeonfork->owner, &none, syscall(SYS_getpid));
}

bool epipe_wipeonfork_is_own(void)
{
    epipe_wipeonfork_own();
    return atomic_load(&epipe_wipeonfork->owner) == syscall(SYS_getpid);
}
