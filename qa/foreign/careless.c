/* SPDX-License-Identifier: MIT
 *
 * A preload object that is a bad shim: it blocks SIGPIPE around a write and puts the mask
 * back, and does not look after errno, or what a failed write left pending.
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define API __attribute__((visibility("default")))

static void take_sigpipe(int how)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigprocmask(how, &set, NULL);
    errno = EPIPE;
}

#define WRAPPER(name, parameters, arguments)                                              \
    API ssize_t name parameters;                                                          \
    API ssize_t name parameters                                                           \
    {                                                                                     \
        static ssize_t(*next) parameters;                                                 \
        if (next == NULL)                                                                 \
            *(void **)&next = dlsym(RTLD_NEXT, #name);                                    \
        take_sigpipe(SIG_BLOCK);                                                          \
        ssize_t result = next arguments;                                                  \
        take_sigpipe(SIG_UNBLOCK);                                                        \
        return result;                                                                    \
    }

WRAPPER(write, (int fd, const void *buf, size_t len), (fd, buf, len))
WRAPPER(writev, (int fd, const struct iovec *iov, int count), (fd, iov, count))
WRAPPER(send, (int fd, const void *buf, size_t len, int flags), (fd, buf, len, flags))
WRAPPER(sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
