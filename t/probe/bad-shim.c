/* SPDX-License-Identifier: MIT
 *
 * A preload object that does what the shim must not: with BAD_SHIM=more it makes a system
 * call beside each write, with BAD_SHIM=other another call instead of each, as a shim
 * would that has flags and no handler.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define API __attribute__((visibility("default")))

static int makes_other(void)
{
    const char *how = getenv("BAD_SHIM");

    return how != NULL && how[0] == 'o';
}

static void one_more(void)
{
    int saved = errno;

    syscall(SYS_getsid, 0);
    errno = saved;
}

/* A wrapper of the next NAME, and what is called instead of it. */
#define WRAPPER(type, name, parameters, arguments, other)                                 \
    API type name parameters;                                                             \
    API type name parameters                                                              \
    {                                                                                     \
        static type(*next) parameters;                                                    \
        if (next == NULL)                                                                 \
            *(void **)&next = dlsym(RTLD_NEXT, #name);                                    \
        if (makes_other())                                                                \
            return other;                                                                 \
        one_more();                                                                       \
        return next arguments;                                                            \
    }

#define ONE (&(struct iovec){(void *)(size_t)buf, len})

WRAPPER(ssize_t, write, (int fd, const void *buf, size_t len), (fd, buf, len),
        writev(fd, ONE, 1))
WRAPPER(ssize_t, writev, (int fd, const struct iovec *iov, int count), (fd, iov, count),
        pwritev2(fd, iov, count, -1, 0))
WRAPPER(ssize_t, pwrite64, (int fd, const void *buf, size_t len, off64_t at),
        (fd, buf, len, at), pwritev64(fd, ONE, 1, at))
WRAPPER(ssize_t, send, (int fd, const void *buf, size_t len, int flags),
        (fd, buf, len, flags), sendto(fd, buf, len, flags | MSG_NOSIGNAL, NULL, 0))
WRAPPER(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags),
        (fd, message, flags), next(fd, message, flags | MSG_NOSIGNAL))
