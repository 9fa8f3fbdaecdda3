/* SPDX-License-Identifier: MIT
 *
 * Every write-like call, plainly and by the library, with good and bad arguments.
 */
#include "write-calls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <epipe.h>
#include "fd-slots.h"
#include "splice-calls.h"
#include "write-all.h"

enum { BUFFER = 2 << 20, PAGE = 4096 };

static char *buffer; /* BUFFER bytes that tell where they are, and behind them nothing */
static FILE *streams[SLOTS];

static void *bad_address(void) { return buffer + BUFFER; }

void write_calls_prepare(void)
{
    struct random r = {1};

    buffer = mmap(NULL, BUFFER + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                  -1, 0);
    if (buffer == MAP_FAILED || mprotect(buffer + BUFFER, PAGE, PROT_NONE) != 0)
        fd_slot_die("mmap");
    for (int i = 0; i < BUFFER; i++)
        buffer[i] = (char)('a' + random_below(&r, 26));
    if (dup2(memfd_create("source", 0), FD_SOURCE) < 0 ||
        fd_slot_write(FD_SOURCE, buffer, BUFFER) != BUFFER)
        fd_slot_die("source file");
    /* A stream stands for a number, whatever that is by then. */
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        if (fcntl(fd_slot_fd(slot), F_GETFD) < 0)
            dup2(FD_SOURCE, fd_slot_fd(slot));
        streams[slot] =
            slot < 2 ? (slot == 0 ? stdout : stderr) : fdopen(fd_slot_fd(slot), "w");
        if (streams[slot] == NULL)
            fd_slot_die("fdopen");
        setvbuf(streams[slot], malloc(PAGE), _IOFBF, PAGE);
    }
}

/* What the vector of a writev, sendmsg or vmsplice looks like. */
static int fd_create_vector(const struct transfer *t, const char *data, struct iovec iov[4])
{
    size_t third = t->len / 3;

    iov[0] = (struct iovec){(void *)data, t->len};
    if (t->waits)
        return 1;
    switch (t->shape >> 8 & 7) {
    case 0:
        return 0;
    case 1: /* nothing, something, nothing, the rest */
        iov[0] = (struct iovec){(void *)data, 0};
        iov[1] = (struct iovec){(void *)data, third};
        iov[2] = (struct iovec){NULL, 0};
        iov[3] = (struct iovec){(void *)(data + third), t->len - third};
        return 4;
    case 2:
        iov[1] = (struct iovec){bad_address(), 10};
        return 2;
    default:
        return 1;
    }
}

static int send_flags(const struct transfer *t)
{
    static const int flags[] = {0,       0,       0,         0, MSG_DONTWAIT, MSG_NOSIGNAL,
                                MSG_EOR, MSG_OOB, 0x00100000};
    int flag = flags[(t->shape >> 12) % (sizeof flags / sizeof *flags)];
    const struct fd_slot *o = fd_slot_in(t->slot);

    /* What a peer reads of urgent data depends on when it comes. */
    if (flag == MSG_OOB && o != NULL && (o->kind == KIND_TCP || o->kind == KIND_STREAM))
        flag = 0;
    return flag | (t->waits ? MSG_DONTWAIT : 0);
}

static void send_two(struct transfer *t, const char *data, int flags)
{
    struct iovec iov[2] = {{(void *)data, t->len}, {(void *)(data + 1), t->len / 2}};
    struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = iov, .msg_iovlen = 1}},
                                  {.msg_hdr = {.msg_iov = iov + 1, .msg_iovlen = 1}}};
    unsigned count = t->waits ? 1 : t->shape >> 8 & 3;

    if (count == 3) {
        count = 2;
        iov[1].iov_base = bad_address();
        iov[1].iov_len = 1;
    }
    t->result = CALL(t->manner, sendmmsg, t->fd, messages, count, flags);
    for (long i = 0; i < t->result; i++) {
        t->bytes += messages[i].msg_len;
        t->messages++;
    }
    t->detail = (uint64_t)messages[0].msg_len << 32 | messages[1].msg_len;
}

/* SCOPED: what the library has no call for is made in a scope. */
static void others(struct transfer *t, const char *data)
{
    struct iovec iov[4];
    int count = fd_create_vector(t, data, iov);
    FILE *stream = streams[t->slot];

    switch (t->code) {
    case OP_RAW_WRITE:
        t->result = syscall(SYS_write, t->fd, data, t->len);
        break;
    case OP_PWRITEV2:
        t->result = pwritev2(t->fd, iov, count, -1, t->shape & 1 << 12 ? 0 : 0x4000);
        break;
    default:
        t->result = 0;
        if (fwrite_unlocked(buffer + (t->shape & 255), 1, t->len, stream) < t->len)
            t->result = -1;
        if (fflush_unlocked(stream) != 0)
            t->result = -2;
        __fpurge(stream);
        clearerr_unlocked(stream);
    }
}

/* With nothing in it, is it a datagram of nothing? */
static bool sends_empty(enum code code)
{
    return code == OP_WRITE || code == OP_RAW_WRITE || code == OP_SEND ||
           code == OP_SENDTO || code == OP_SENDMSG;
}

void write_calls_run(struct transfer *t)
{
    const char *data = (t->shape & 15) == 15 ? bad_address() : buffer + (t->shape & 255);
    int flags = send_flags(t);
    struct iovec iov[4];
    int count = fd_create_vector(t, data, iov);
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = (size_t)count};
    off_t offset = (off_t)(t->shape >> 16 & 0xffff);

    t->bytes = t->messages = 0;
    t->detail = 0;
    t->is_unrecorded = t->code == OP_RAW_WRITE || t->code == OP_STDIO ||
                       (t->code >= OP_SEND && t->code <= OP_SENDMMSG && flags & MSG_NOSIGNAL);
    errno = ERRNO_BEFORE;
    switch (t->code) {
    case OP_WRITE:
        t->result = CALL(t->manner, write, t->fd, data, t->len);
        break;
    case OP_WRITEV:
        t->result = CALL(t->manner, writev, t->fd, iov,
                         t->shape >> 12 & 15 ? count
                         : t->shape & 256    ? -1
                                             : IOV_MAX + 1);
        break;
    case OP_SEND:
        t->result = CALL(t->manner, send, t->fd, data, t->len, flags);
        break;
    case OP_SENDTO:
        t->result = CALL(t->manner, sendto, t->fd, data, t->len, flags, NULL, 0);
        break;
    case OP_SENDMSG:
        t->result = CALL(t->manner, sendmsg, t->fd, &message, flags);
        break;
    case OP_SENDMMSG:
        send_two(t, data, flags);
        break;
    case OP_SENDFILE:
        t->result = CALL(t->manner, sendfile, t->fd, t->shape & 1 << 12 ? FD_SOURCE : -1,
                         &offset, t->len);
        t->detail = (uint64_t)offset;
        break;
    case OP_SPLICE:
    case OP_TEE:
        splice_calls_run(t, buffer);
        break;
    case OP_VMSPLICE:
        t->result = CALL(t->manner, vmsplice, t->fd, iov, (size_t)count, SPLICE_F_NONBLOCK);
        break;
    case OP_WRITE_ALL:
        iov[0] = (struct iovec){(void *)data, t->len};
        write_all_run(t, iov, 1);
        return;
    case OP_WRITEV_ALL:
        write_all_run(t, iov, t->shape >> 12 & 15 ? count : -1);
        return;
    case OP_DPRINTF:
        t->result = CALL(t->manner, dprintf, t->fd, "%.*s", (int)t->len, buffer);
        break;
    default:
        if (t->manner == PLAINLY) {
            others(t, data);
            break;
        }
        EPIPE_SCOPE { others(t, data); }
    }
    t->error = errno;
    if (t->code != OP_SENDMMSG && t->result >= 0) {
        t->bytes = t->code == OP_STDIO ? t->len : (size_t)t->result;
        t->messages = t->bytes > 0 || sends_empty(t->code);
    }
}
