/* SPDX-License-Identifier: MIT
 *
 * splice and tee, and the pipe that they take from.
 */
#include "splice-calls.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fd-slots.h"

static char rest[65536];

/* Into the source pipe, which is empty before and after, unless that was the process's end. */
static void fill_source_pipe(const char *data, size_t len)
{
    int error = errno;

    while (read(FD_SOURCE_PIPE, rest, sizeof rest) > 0) {
    }
    if (fd_slot_write(FD_SOURCE_PIPE_IN, data, len < 8192 ? len : 8192) < 0 && len != 0)
        fd_slot_die("source pipe");
    errno = error;
}

static void empty_source_pipe(struct transfer *t)
{
    int error = errno;
    ssize_t n = read(FD_SOURCE_PIPE, rest, sizeof rest);

    t->detail = n < 0 ? 0 : (uint64_t)n;
    errno = error;
}

void splice_calls_run(struct transfer *t, const char *data)
{
    unsigned flags = t->closes ? 0 : t->shape >> 12 & 7 ? SPLICE_F_NONBLOCK : 0xff00;
    loff_t offset = t->shape >> 16 & 0xffff;
    int from = t->code == OP_SPLICE && t->shape & 256 ? FD_SOURCE : FD_SOURCE_PIPE;

    fill_source_pipe(data, t->len);
    if (t->code == OP_TEE)
        t->result = CALL(t->manner, tee, from, t->fd, t->len, flags);
    else
        t->result = CALL(t->manner, splice, from, from == FD_SOURCE ? &offset : NULL,
                         t->fd, NULL, t->len, flags);
    empty_source_pipe(t);
    t->detail ^= (uint64_t)offset << 32;
}
