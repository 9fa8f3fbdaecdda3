/* SPDX-License-Identifier: MIT
 *
 * child.c sees to it that children inherit neither an ignored SIGPIPE nor a blocked one,
 * nor other people's pipes.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api.h"
#include "epipe.h"
#include "lib/core/ksigaction.h"
#include "lib/core/number.h"

API int epipe_child_reset(void)
{
    sigset_t set;
    int error = (int)-ksigaction_set_default(SIGPIPE, NULL);

    sigset_only_sigpipe(&set);
    if (error == 0)
        error = pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    if (error == 0)
        return 0;
    errno = error;
    return -1;
}

API int epipe_spawnattr(posix_spawnattr_t *attributes)
{
    sigset_t set;
    short flags;
    int error;

    if (attributes == NULL)
        return EINVAL;
    error = posix_spawnattr_getflags(attributes, &flags);
    if (error == 0)
        error = flags & POSIX_SPAWN_SETSIGDEF
                    ? posix_spawnattr_getsigdefault(attributes, &set)
                    : (sigemptyset(&set), 0);
    if (error == 0) {
        sigaddset(&set, SIGPIPE);
        error = posix_spawnattr_setsigdefault(attributes, &set);
    }
    if (error == 0)
        error = flags & POSIX_SPAWN_SETSIGMASK ? posix_spawnattr_getsigmask(attributes, &set)
                                               : pthread_sigmask(SIG_BLOCK, NULL, &set);
    if (error == 0) {
        sigdelset(&set, SIGPIPE);
        error = posix_spawnattr_setsigmask(attributes, &set);
    }
    if (error == 0)
        error = posix_spawnattr_setflags(
            attributes, (short)(flags | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
    return error;
}

struct entry { /* the kernel's struct linux_dirent64 */
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

/* Returns the descriptor that the directory entry is named after, or -1. */
static int number_of(const struct entry *entry)
{
    const char *end = entry->name;
    unsigned long number = number_read(&end, 10);

    return end != entry->name && *end == '\0' && number <= INT_MAX ? (int)number : -1;
}

/* Closes what /proc lists; again from the start until nothing more can be closed, as
 * closing changes the directory that is read.  Returns false if there is no /proc. */
static bool close_listed(int lowest)
{
    _Alignas(struct entry) char buffer[4096];
    int directory = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/fd",
                                 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool closed = true;

    if (directory < 0)
        return false;
    while (closed) {
        long n;

        closed = false;
        lseek(directory, 0, SEEK_SET);
        while ((n = syscall(SYS_getdents64, directory, buffer, sizeof buffer)) > 0) {
            for (long at = 0; at < n;) {
                const struct entry *entry = (const struct entry *)(const void *)(buffer + at);
                int fd = number_of(entry);

                if (fd >= lowest && fd != directory && syscall(SYS_close, fd) == 0)
                    closed = true;
                at += entry->length;
            }
        }
    }
    syscall(SYS_close, directory);
    return true;
}

API int epipe_close_from(int lowest)
{
    int saved = errno;
    struct rlimit limit;

    if (lowest < 0) {
        errno = EINVAL;
        return -1;
    }
#ifdef SYS_close_range
    if (syscall(SYS_close_range, lowest, ~0U, 0) == 0)
        return 0;
#endif
    /* Without /proc the limit is all there is to go by, and if it has been lowered,
     * descriptors beyond it are missed. */
    if (!close_listed(lowest)) {
        if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT_MAX)
            limit.rlim_cur = 65536;
        for (int fd = lowest; fd < (int)limit.rlim_cur; fd++)
            syscall(SYS_close, fd);
    }
    errno = saved;
    return 0;
}
