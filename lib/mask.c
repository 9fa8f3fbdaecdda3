/* SPDX-License-Identifier: MIT
 *
 * Which queue the pending signal is in, and taking exactly our own.
 *
 * The kernel queues the SIGPIPE of a write in the writing thread; kill() queues
 * it in the process.  A queue holds one SIGPIPE at most, so a signal that was
 * already pending in this thread has merged with ours and must stay; one that
 * was not blocked before cannot have been pending.  Whose queue it is shows in
 * /proc only, which is read in the rare case that something is pending at all.
 * sigtimedwait takes from the thread's queue first, so it takes ours.
 */
#include "mask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sigpipe.h"

enum queue { QUEUE_OTHER, QUEUE_OWN, QUEUE_UNKNOWN };

/* In which queue is the pending SIGPIPE?  The line SigPnd is this thread's. */
static enum queue pending_where(void)
{
    char text[2048];
    /* Raw calls: libc's are cancellation points. */
    int fd =
        (int)syscall(SYS_openat, AT_FDCWD, "/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
    long n = fd < 0 ? -1 : syscall(SYS_read, fd, text, sizeof text - 1);
    const char *line;

    if (fd >= 0)
        syscall(SYS_close, fd);
    if (n <= 0)
        return QUEUE_UNKNOWN;
    text[n] = '\0';
    line = strstr(text, "\nSigPnd:");
    if (line == NULL)
        return QUEUE_UNKNOWN;
    return strtoull(line + 8, NULL, 16) >> (SIGPIPE - 1) & 1 ? QUEUE_OWN : QUEUE_OTHER;
}

bool epipe_mask_was_pending(void)
{
    return mask_is_pending() && pending_where() != QUEUE_OTHER;
}

#ifndef SYS_rt_sigtimedwait
#define SYS_rt_sigtimedwait SYS_rt_sigtimedwait_time64
#endif

/* Without /proc one has to be taken to be seen; then what is visibly somebody else's goes
 * back with its siginfo. */
bool epipe_mask_take(void)
{
    const long long at_once[2] = {0}; /* a timespec of either width */
    siginfo_t info;
    sigset_t set;
    pid_t pid;

    if (pending_where() == QUEUE_OTHER)
        return false;
    sigpipe_only(&set);
    /* The raw call: glibc's turns SI_TKILL into SI_USER. */
    if (syscall(SYS_rt_sigtimedwait, &set, &info, at_once, _NSIG / 8) != SIGPIPE)
        return false;
    pid = (pid_t)syscall(SYS_getpid);
    if (info.si_code == SI_USER && info.si_pid == pid)
        return true;
    if (info.si_code == SI_TKILL)
        syscall(SYS_rt_tgsigqueueinfo, pid, syscall(SYS_gettid), SIGPIPE, &info);
    else
        syscall(SYS_rt_sigqueueinfo, pid, SIGPIPE, &info);
    return false;
}
