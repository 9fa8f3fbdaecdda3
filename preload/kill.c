/* SPDX-License-Identifier: MIT
 *
 * kill.c interposes the calls that send signals or take them from the queue: such a
 * SIGPIPE is not one that the next write raises.
 *
 * Thread-safe and async-signal-safe as the functions they stand before.
 */
#include "libc.h"

#include <errno.h>
#include <sys/syscall.h>

#include "lib/core/inflight.h"

/* Whoever takes a pending SIGPIPE from the queue has answered it. */
#define TAKES(call)                                                                       \
    int taken = call;                                                                     \
    if (taken == SIGPIPE)                                                                 \
        epipe_inflight_forget();                                                          \
    return taken

API int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
    TAKES(LIBC(sigwaitinfo)(set, info));
}

API int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
    TAKES(LIBC(sigtimedwait)(set, info, timeout));
}

#if __SIZEOF_LONG__ == 4 && defined __GLIBC__
/* What programs with a 64-bit time_t call. */
API int __sigtimedwait64(const sigset_t *set, siginfo_t *info, const void *timeout)
{
    if (LIBC(__sigtimedwait64) == NULL) {
        errno = ENOSYS;
        return -1;
    }
    TAKES(LIBC(__sigtimedwait64)(set, info, timeout));
}
#endif

API int sigwait(const sigset_t *set, int *signal)
{
    int result = LIBC(sigwait)(set, signal);

    if (result == 0 && *signal == SIGPIPE)
        epipe_inflight_forget();
    return result;
}

/* As libepipe does, by a raw system call.  It looks for this name. */
API void epipe_preload_forget(void)
{
    epipe_inflight_forget();
}

/* A process that sends itself SIGPIPE means it: remember that it does. */

API int kill(pid_t pid, int signal)
{
    if (signal == SIGPIPE)
        inflight_expect_sent();
    return LIBC(kill)(pid, signal);
}

API int killpg(pid_t group, int signal)
{
    if (signal == SIGPIPE)
        inflight_expect_sent();
    return LIBC(killpg)(group, signal);
}

API int pidfd_send_signal(int pidfd, int signal, siginfo_t *info, unsigned flags)
{
    if (signal == SIGPIPE)
        inflight_expect_sent();
    if (LIBC(pidfd_send_signal) == NULL) /* LCOV_EXCL_START: musl */
        return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, info, flags);
    return LIBC(pidfd_send_signal)(pidfd, signal, info, flags); /* LCOV_EXCL_STOP */
}
