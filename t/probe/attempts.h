/* SPDX-License-Identifier: MIT
 *
 * Broken writes of several kinds, each async-signal-safe, to sockets of two kinds.
 */
#ifndef PROBE_ATTEMPTS_H
#define PROBE_ATTEMPTS_H

#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "guard.h"

static inline ssize_t by_write(int fd) { return write(fd, "x", 1); }
static inline ssize_t by_raw_call(int fd) { return syscall(SYS_write, fd, "x", 1); }

static inline ssize_t by_writev(int fd)
{
    struct iovec part = {(void *)(size_t) "x", 1};

    return writev(fd, &part, 1);
}

static inline ssize_t by_send(int fd) { return send(fd, "x", 1, 0); }

static inline ssize_t by_sendmsg(int fd)
{
    struct iovec part = {(void *)(size_t) "x", 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    return sendmsg(fd, &message, 0);
}

/* Async-signal-safe, all of them. */
static ssize_t (*const calls[])(int) = {by_write, by_raw_call, by_writev, by_send, by_sendmsg};
enum { CALLS = sizeof calls / sizeof *calls };

static int broken[2]; /* sockets: send works on both */

static inline void open_broken(void)
{
    broken[0] = broken_fd("unix");
    broken[1] = broken_fd("tcp");
}

static inline void expect_epipe(unsigned round)
{
    ssize_t n = 0;

    errno = 0;
    GUARDED { n = calls[round % CALLS](broken[round / CALLS % 2]); }
    if (n != -1 || errno != EPIPE) {
        static const char text[] = "probe: a write that does not say EPIPE\n";

        n = write(2, text, sizeof text - 1);
        _exit(91);
    }
}

static inline void handle(int sig, void (*handler)(int), int flags)
{
    struct sigaction act = {.sa_flags = flags};

    act.sa_handler = handler;
    need(sigaction(sig, &act, NULL) == 0, "sigaction");
}

#endif
