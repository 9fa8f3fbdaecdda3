/* SPDX-License-Identifier: MIT */
#include "wipeonfork.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static struct wipeonfork unwiped;

struct wipeonfork *epipe_wipeonfork = &unwiped;
bool epipe_wipeonfork_works;

void epipe_wipeonfork_start(void)
{
    int saved = errno;
    void *page;

    if (epipe_wipeonfork_works)
        return;
    page = mmap(NULL, sizeof unwiped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0);
    if (page != MAP_FAILED && madvise(page, sizeof unwiped, MADV_WIPEONFORK) == 0) {
        epipe_wipeonfork = page;
        epipe_wipeonfork->pid = (pid_t)syscall(SYS_getpid);
        epipe_wipeonfork_works = true;
    } else if (page != MAP_FAILED) {
        munmap(page, sizeof unwiped);
    }
    errno = saved;
}
