/* SPDX-License-Identifier: MIT
 *
 * wipeonfork.c maps a page that fork wipes, by which a process knows without a system call
 * whether it is a forked child.
 *
 * The kernel wipes it (MADV_WIPEONFORK, Linux 4.14), so it is right for a fork that libc
 * does not see.  A vfork child shares it with its parent, and cannot be told.  Where the
 * kernel cannot wipe (older ones, qemu-user) nothing is known: no process is taken for a
 * forked child, and getpid has to be asked.
 *
 * Thread-safe, async-signal-safe; makes system calls where that is said.
 */
#ifndef EPIPE_WIPEONFORK_H
#define EPIPE_WIPEONFORK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct wipeonfork {
    pid_t pid;      /* of the process that called epipe_wipeonfork_start(); 0: see below */
    bool made_pipe; /* since exec or fork */
    atomic_uint generation; /* of what is pending, see inflight.c; 0: none since fork */
    atomic_long owner; /* pid of the process that the counters in the page belong to, or 0 */
};

/* Never NULL.  Before epipe_wipeonfork_start(), and where the kernel cannot wipe, it is
 * an ordinary variable whose pid is 0, and epipe_wipeonfork_works is false. */
extern struct wipeonfork *epipe_wipeonfork __attribute__((visibility("hidden")));
extern bool epipe_wipeonfork_works __attribute__((visibility("hidden")));

/* Maps the page, once in a process and its children; the caller takes care that no two
 * threads do at a time.  Keeps errno. */
void epipe_wipeonfork_start(void);

/* Returns SIZE bytes of zeros in the page, which are zeros again in a forked child, and
 * shared with a vfork child; never freed.  For constructors, after
 * epipe_wipeonfork_start(), which together ask for less than 4,000 bytes. */
void *epipe_wipeonfork_memory(size_t size);

/* To be called when something that counts in that memory changes: it then belongs to this
 * process, unless it has an owner already.  Keeps errno; makes a system call at most
 * once in a process. */
void epipe_wipeonfork_own(void);

/* Does it belong to this process?  Not to a vfork child, which runs in its parent's memory.
 * Keeps errno. */
bool epipe_wipeonfork_is_own(void);

/* Has this process been forked, and not executed, since the start?  False where that is
 * not known. */
static inline bool wipeonfork_is_child(void)
{
    return epipe_wipeonfork_works && epipe_wipeonfork->pid == 0;
}

#endif
