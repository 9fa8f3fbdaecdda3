/* SPDX-License-Identifier: MIT
 *
 * For the tests of whole writes: kinds of descriptors with their other ends, data of
 * which each byte tells where it belongs, and a reader in a thread.
 */
#ifndef UNIT_FLOW_H
#define UNIT_FLOW_H

#include <fcntl.h>
#include <pty.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <time.h>

#include "common.h"
#include <epipe.h>
#include "t/probe/broken-fd.h"

enum { SIZE = 1 << 20 };

enum kind { PIPE, UNIX, TCP, TERMINAL, KINDS };

static const char *const kind_names[KINDS] = {"pipe", "unix", "tcp", "terminal"};

/* A terminal takes one byte at a time, and 20 KiB without a reader. */
static inline size_t size_for(enum kind kind)
{
    return kind == TERMINAL ? SIZE / 32 : SIZE;
}

static inline unsigned char byte_at(size_t position)
{
    return (unsigned char)((uint32_t)position * 2654435761U >> 24);
}

static inline const char *data(void)
{
    static char bytes[SIZE];

    for (size_t i = bytes[1] ? SIZE : 0; i < SIZE; i++)
        bytes[i] = (char)byte_at(i);
    return bytes;
}

/* Both ends: what is read comes out at [0]. */
static inline void open_kind(enum kind kind, int flags, int ends[2])
{
    int small = 32768;
    struct termios raw;

    if (kind == PIPE)
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    else if (kind == UNIX)
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    else if (kind == TCP)
        tcp_pair(ends);
    else
        assert_int_equal(openpty(&ends[0], &ends[1], NULL, NULL, NULL), 0);
    if (kind == TERMINAL) {
        tcgetattr(ends[1], &raw);
        cfmakeraw(&raw);
        assert_int_equal(tcsetattr(ends[1], TCSANOW, &raw), 0);
    }
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_WRONLY | flags), 0);
}

struct reader {
    int fd;
    atomic_int *awaits; /* this to be so much first */
    int much;
    size_t most; /* closes after so much, once the pipe has been filled again */
    atomic_size_t got;
    bool is_wrong;
    pthread_t thread;
};

static inline int lies_in(int fd)
{
    int n = 0;

    ioctl(fd, FIONREAD, &n);
    return n;
}

static inline void *read_all(void *argument)
{
    struct reader *reader = argument;
    char text[4096];
    ssize_t n;

    WAIT_FOR(reader->awaits == NULL || *reader->awaits >= reader->much);
    while (reader->got < reader->most &&
           (n = read(reader->fd, text,
                     reader->most - reader->got < sizeof text ? reader->most - reader->got
                                                              : sizeof text)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            if ((unsigned char)text[i] != byte_at(reader->got + (size_t)i))
                reader->is_wrong = true;
        reader->got += (size_t)n;
    }
    if (reader->most < SIZE)
        WAIT_FOR(lies_in(reader->fd) == fcntl(reader->fd, F_GETPIPE_SZ));
    close(reader->fd);
    return NULL;
}

/* No signal that a test raises is the reader's. */
static inline void start_reader(struct reader *reader)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    assert_int_equal(pthread_create(&reader->thread, NULL, read_all, reader), 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static inline int64_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* What can be read until nothing is left, which must be this much and end there. */
static inline void is_what_went_out(int ends[2], enum kind kind, size_t written)
{
    struct pollfd p = {ends[0], POLLIN, 0};
    size_t got = 0;
    char text[4096];
    ssize_t n;

    while (got < written && poll(&p, 1, BOUND) == 1 &&
           (n = read(ends[0], text, sizeof text)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            assert_int_equal((unsigned char)text[i], byte_at(got + (size_t)i));
        got += (size_t)n;
    }
    assert_int_equal(got, written);
    close(ends[1]);
    assert_int_equal(poll(&p, 1, BOUND), 1);
    n = read(ends[0], text, sizeof text);
    assert_true(n == 0 || (kind == TERMINAL && n < 0 && errno == EIO));
    close(ends[0]);
}

#endif
