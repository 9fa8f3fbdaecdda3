/* SPDX-License-Identifier: MIT
 *
 * The kernel queues the SIGPIPE of a write in the writing thread; kill() queues it in the
 * process.  A queue holds one SIGPIPE at most, so a signal that was already pending in
 * this thread has merged with ours and must stay; one that was not blocked before cannot
 * have been pending.  Whose queue it is in shows in /proc only, which is read in the rare
 * case that something is pending at all.  sigtimedwait takes from the thread's queue
 * first, so it takes ours.
 */
#include "sigmask.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum queue { QUEUE_OTHER, QUEUE_OWN, QUEUE_UNKNOWN };

static unsigned hex_value(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10) & 15;
}

/* Reads the line SigPnd, which is this thread's.  Its last sixteen digits stay: there are
 * more where there are 128 signals.  In small pieces: this may be an alternate stack. */
static bool read_pending(int fd, unsigned long long *pending)
{
    static const char key[] = "\nSigPnd:\t";
    size_t known = 0; /* how much of KEY has just been read */
    char piece[256];
    long n;

    while ((n = syscall(SYS_read, fd, piece, sizeof piece)) > 0) {
        for (long i = 0; i < n; i++) {
            if (known < sizeof key - 1)
                known = piece[i] == key[known] ? known + 1 : piece[i] == key[0];
            else if (piece[i] == '\n')
                return true;
            else
                *pending = *pending << 4 | hex_value(piece[i]);
        }
    }
    return false;
}

/* In which queue is the pending SIGPIPE? */
static enum queue pending_where(void)
{
    unsigned long long pending = 0;
    bool is_known;
    /* Raw calls: libc's are cancellation points. */
    int fd =
        (int)syscall(SYS_openat, AT_FDCWD, "/proc/thread-self/status", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return QUEUE_UNKNOWN;
    is_known = read_pending(fd, &pending);
    syscall(SYS_close, fd);
    if (!is_known)
        return QUEUE_UNKNOWN;
    return pending & KERNEL_SIGPIPE ? QUEUE_OWN : QUEUE_OTHER;
}

bool epipe_sigmask_was_pending(void)
{
    return sigmask_is_pending() && pending_where() != QUEUE_OTHER;
}

/* The preload shim's, where it is loaded: it may remember the call whose signal this is. */
extern void epipe_preload_forget(void) __attribute__((weak, visibility("default")));

/* Without /proc one has to be taken to be seen; then what is visibly foreign goes
 * back with its siginfo. */
bool epipe_sigmask_take_pending(void)
{
    const long long at_once[2] = {0}; /* a timespec of either width */
    static const struct kernel_sigset only = {{KERNEL_SIGPIPE}};
    siginfo_t info;
    pid_t pid;

    if (pending_where() == QUEUE_OTHER)
        return false;
    /* Before the signal is taken: in a child that a handler forks afterwards it would be
     * foreign, and the child would die of it. */
    pid = (pid_t)syscall(SYS_getpid);
    /* The raw call: glibc's turns SI_TKILL into SI_USER. */
    if (syscall(SYS_rt_sigtimedwait, &only, &info, at_once, _NSIG / 8) != SIGPIPE)
        return false;
    if (epipe_preload_forget != NULL)
        epipe_preload_forget();
    if (info.si_code == SI_USER && info.si_pid == pid)
        return true;
    if (info.si_code == SI_TKILL)
        syscall(SYS_rt_tgsigqueueinfo, pid, syscall(SYS_gettid), SIGPIPE, &info);
    else
        syscall(SYS_rt_sigqueueinfo, pid, SIGPIPE, &info);
    return false;
}
