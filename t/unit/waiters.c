/* SPDX-License-Identifier: MIT
 *
 * The calls that wait, each with its model.
 */
#include "waiters.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <epipe.h>

enum { SIZE = 1 << 20 };

char waiters_data[SIZE];

/* On the stack, where the library may read it. */
#define HALVES                                                                            \
    ((struct iovec[]){{waiters_data, SIZE / 2}, {waiters_data + SIZE / 2, SIZE / 2}})

static int file(void)
{
    static int fd = -1;

    if (fd < 0) {
        fd = memfd_create("file", MFD_CLOEXEC);
        assert_int_equal(ftruncate(fd, SIZE), 0);
    }
    return fd;
}

int waiters_full_pipe(void)
{
    int pair[2];

    assert_int_equal(pipe(pair), 0);
    assert_true(fcntl(pair[1], F_SETPIPE_SZ, SIZE) >= SIZE);
    assert_int_equal(write(pair[1], waiters_data, SIZE), SIZE);
    close(pair[1]);
    return pair[0];
}

#define BOTH(name, ...)                                                                   \
    static ssize_t our_##name(int fd)                                                     \
    {                                                                                     \
        return epipe_##name(__VA_ARGS__);                                                 \
    }                                                                                     \
    static ssize_t its_##name(int fd)                                                     \
    {                                                                                     \
        return name(__VA_ARGS__);                                                         \
    }

BOTH(write, fd, waiters_data, SIZE)
BOTH(writev, fd, HALVES, 2)
BOTH(send, fd, waiters_data, SIZE, 0)
BOTH(sendto, fd, waiters_data, SIZE, 0, NULL, 0)
BOTH(sendmsg, fd, &(struct msghdr){.msg_iov = HALVES, .msg_iovlen = 2}, 0)
BOTH(sendmmsg, fd, &(struct mmsghdr){.msg_hdr = {.msg_iov = HALVES, .msg_iovlen = 2}}, 1, 0)
BOTH(sendfile, fd, file(), &(off_t){0}, SIZE)
BOTH(vmsplice, fd, HALVES, 2, 0)
BOTH(dprintf, fd, "%*d", SIZE, 0)

int waiters_from;

BOTH(splice, waiters_from, NULL, fd, NULL, SIZE, 0)
BOTH(tee, waiters_from, fd, SIZE, 0)

#define WAITER(call, on_socket)                                                           \
    {                                                                                     \
#call, our_##call, its_##call, on_socket                                          \
    }

const struct waiter waiters[] = {
    WAITER(write, false),    WAITER(write, true),    WAITER(writev, false),
    WAITER(writev, true),    WAITER(send, true),     WAITER(sendto, true),
    WAITER(sendmsg, true),   WAITER(sendmmsg, true), WAITER(sendfile, false),
    WAITER(sendfile, true),  WAITER(splice, false),  WAITER(splice, true),
    WAITER(vmsplice, false), WAITER(tee, false),     WAITER(dprintf, false),
};

const size_t waiter_count = sizeof waiters / sizeof *waiters;
