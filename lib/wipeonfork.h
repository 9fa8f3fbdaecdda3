/* SPDX-License-Identifier: MIT
 *
 * The page that fork wipes tells whether this process is a forked child, without a
 * system call.
 *
 * The kernel wipes it (MADV_WIPEONFORK, Linux 4.14), so it is right for a fork that
 * libc does not see.  A vfork child shares it with its parent, and cannot be told.
 * Where the kernel cannot wipe (older ones, qemu-user) nothing is known: no process is
 * taken for a forked child, and getpid has to be asked.
 *
 * Thread-safe, async-signal-safe; makes system calls in epipe_wipeonfork_start() only.
 */
#ifndef EPIPE_WIPEONFORK_H
#define EPIPE_WIPEONFORK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

struct wipeonfork {
    pid_t pid;      /* of the process that called epipe_wipeonfork_start(); 0: see below */
    bool made_pipe; /* since exec or fork */
    atomic_uint generation; /* of what is owed, see claim.c; 0: none since fork */
};

/* Never NULL.  Before epipe_wipeonfork_start(), and where the kernel cannot wipe, it is
 * an ordinary variable whose pid is 0, and epipe_wipeonfork_works is false. */
extern struct wipeonfork *epipe_wipeonfork __attribute__((visibility("hidden")));
extern bool epipe_wipeonfork_works __attribute__((visibility("hidden")));

/* Maps the page, once in a process and its children; the caller takes care that no two
 * threads do at a time.  Leaves errno alone. */
void epipe_wipeonfork_start(void);

/* Has this process been forked, and not executed, since the start?  False where that is
 * not known. */
static inline bool wipeonfork_is_child(void)
{
    return epipe_wipeonfork_works && epipe_wipeonfork->pid == 0;
}

#endif
