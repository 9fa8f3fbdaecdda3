/* SPDX-License-Identifier: MIT
 *
 * The single calls and their models, and the arguments they are given.
 */
#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "epipe.h"

static char good[LONG] = "An ordinary text, of which as much is taken as is asked for";

/* The end of a page after which there is none. */
static char *edge(void)
{
    static char *pages;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);

    if (pages == NULL) {
        pages =
            mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert(pages != MAP_FAILED && mprotect(pages + page, page, PROT_NONE) == 0);
        memcpy(pages + page - 4, "edge", 4);
    }
    return pages + page - 4;
}

static void *at(enum where where)
{
    static uint64_t ones = UINT64_MAX;
    void *const addresses[] = {good, &ones, NULL, (void *)8, edge(), (void *)-4096L};

    return addresses[where];
}

static struct iovec *vector(const struct argument *a, int *count)
{
    static struct iovec iov[IOV_MAX + 1];
    const int counts[] = {1, 2, IOV_MAX, IOV_MAX + 1, 0, -1, 2, 2, 2, 1};

    for (int i = 0; i <= IOV_MAX; i++)
        iov[i] = (struct iovec){good + i, 1};
    if (a->shape == ONE)
        iov[0] = (struct iovec){at(a->where), a->length};
    if (a->shape == TWO)
        iov[0] = iov[1] = (struct iovec){at(a->where), a->length};
    if (a->shape == EMPTY || a->shape == EMPTY_FIRST)
        iov[0] = iov[1] = (struct iovec){at(LOW), 0};
    if (a->shape == EMPTY_FIRST || a->shape == BAD_SECOND)
        iov[a->shape == EMPTY_FIRST] = (struct iovec){good, 8};
    if (a->shape == BAD_SECOND)
        iov[1] = (struct iovec){at(LOW), 8};
    *count = counts[a->shape];
    return a->shape == BAD ? at(a->where) : iov;
}

/* ---- the calls */

#define EITHER(call, ...) (s->ours ? epipe_##call(__VA_ARGS__) : call(__VA_ARGS__))

static long do_write(const struct subject *s, const struct argument *a)
{
    return EITHER(write, s->object->fd, at(a->where), a->length);
}

static long do_writev(const struct subject *s, const struct argument *a)
{
    int count;
    const struct iovec *iov = vector(a, &count);

    return EITHER(writev, s->object->fd, iov, count);
}

/* Where its address is on the stack the library may read it. */
static long do_writev_from_stack(const struct subject *s, const struct argument *a)
{
    struct iovec here[IOV_MAX + 1];
    const struct iovec *iov;
    int count;

    iov = vector(a, &count);
    if (a->shape != BAD)
        iov = memcpy(here, iov, sizeof here);
    return EITHER(writev, s->object->fd, iov, count);
}

static long do_send(const struct subject *s, const struct argument *a)
{
    return EITHER(send, s->object->fd, at(a->where), a->length, (int)a->flags);
}

/* Where the peer is, or an address that is none. */
static const void *address(const struct subject *s, const struct argument *a, socklen_t *length)
{
    static struct sockaddr_storage name;

    *length = 0;
    if (a->address == NO_ADDRESS)
        return NULL;
    *length = sizeof name;
    if (a->address == BAD_ADDRESS)
        return at(LOW);
    getsockname(s->object->peer, (struct sockaddr *)&name, length);
    if (a->address == BAD_LENGTH)
        *length = (socklen_t)-1;
    return &name;
}

static long do_sendto(const struct subject *s, const struct argument *a)
{
    socklen_t length;
    const void *to = address(s, a, &length);

    return EITHER(sendto, s->object->fd, at(a->where), a->length, (int)a->flags, to, length);
}

static struct msghdr message(const struct subject *s, const struct argument *a)
{
    struct msghdr m = {0};
    int count;

    m.msg_name = (void *)(uintptr_t)address(s, a, &m.msg_namelen);
    m.msg_iov = vector(a, &count);
    m.msg_iovlen = (size_t)count;
    return m;
}

static long do_sendmsg(const struct subject *s, const struct argument *a)
{
    const struct msghdr m = message(s, a);
    const struct msghdr *given = a->count == 0 ? &m : at(LOW);

    return EITHER(sendmsg, s->object->fd, given, (int)a->flags);
}

/* Three messages: an ordinary one, the one that is asked for, an ordinary one. */
static long do_sendmmsg(const struct subject *s, const struct argument *a)
{
    struct iovec four = {good, 4};
    struct mmsghdr m[3] = {{.msg_len = 99}, {message(s, a), 99}, {.msg_len = 99}};
    struct mmsghdr *given = a->where == NIL ? at(LOW) : m;
    long result;

    m[0].msg_hdr.msg_iov = m[2].msg_hdr.msg_iov = &four;
    m[0].msg_hdr.msg_iovlen = m[2].msg_hdr.msg_iovlen = 1;
    result = EITHER(sendmmsg, s->object->fd, given, a->count, (int)a->flags);
    *s->extra = (long)m[0].msg_len * 10000 + (long)m[1].msg_len * 100 + (long)m[2].msg_len;
    return result;
}

static long do_sendfile(const struct subject *s, const struct argument *a)
{
    off_t *offsets[] = {NULL, s->extra, at(LOW)};

    *s->extra = 2;
    return EITHER(sendfile, s->object->fd, s->source, offsets[a->in], a->length);
}

static long do_splice(const struct subject *s, const struct argument *a)
{
    loff_t in = 2, out = 3;
    loff_t *ins[] = {NULL, &in, at(LOW)}, *outs[] = {NULL, &out, at(LOW)};
    long result = EITHER(splice, s->source, ins[a->in], s->object->fd, outs[a->out],
                         a->length, a->flags);

    *s->extra = in * 1000 + out;
    return result;
}

static long do_vmsplice(const struct subject *s, const struct argument *a)
{
    int count;
    const struct iovec *iov = vector(a, &count);

    return EITHER(vmsplice, s->object->fd, iov, (size_t)count, a->flags | SPLICE_F_NONBLOCK);
}

static long do_tee(const struct subject *s, const struct argument *a)
{
    return EITHER(tee, s->source, s->object->fd, a->length, a->flags | SPLICE_F_NONBLOCK);
}

static long do_dprintf(const struct subject *s, const struct argument *a)
{
    return EITHER(dprintf, s->object->fd, a->format, L"\x7fffffff");
}

/* ---- their arguments */

static const struct argument writes[] = {
    {"8 bytes", .length = 8},
    {"3 bytes", .length = 3},
    {"8 bytes of ones", .where = ONES, .length = 8},
    {"many bytes", .length = LONG},
    {"nothing", .length = 0},
    {"nothing at NULL", .where = NIL},
    {"nothing at a bad address", .where = LOW},
    {"nothing at the kernel's address", .where = KERNEL},
    {"8 bytes at NULL", .where = NIL, .length = 8},
    {"8 bytes at a bad address", .where = LOW, .length = 8},
    {"8 bytes at the kernel's address", .where = KERNEL, .length = 8},
    {"8 bytes, half of them", .where = EDGE, .length = 8},
    {"INT_MAX bytes", .where = EDGE, .length = INT_MAX},
    {"SSIZE_MAX bytes", .where = EDGE, .length = SSIZE_MAX},
    {"SSIZE_MAX + 1 bytes", .where = EDGE, .length = SSIZE_MAX + 1ul},
    {"SIZE_MAX bytes", .where = EDGE, .length = SIZE_MAX},
    {.name = NULL},
};

static const struct argument vectors[] = {
    {"one of 8 bytes", .length = 8},
    {"one of 3 bytes", .length = 3},
    {"one of many bytes", .length = LONG},
    {"two of 4 bytes", .shape = TWO, .length = 4},
    {"two of 8 bytes", .shape = TWO, .length = 8},
    {"two of 8 bytes of ones", .where = ONES, .length = 8, .shape = TWO},
    {"two of many bytes", .shape = TWO, .length = LONG},
    {"IOV_MAX", .shape = MOST},
    {"IOV_MAX + 1", .shape = TOO_MANY},
    {"none", .shape = NONE},
    {"-1", .shape = NEGATIVE},
    {"two empty ones", .shape = EMPTY},
    {"an empty one and 8 bytes", .shape = EMPTY_FIRST},
    {"8 bytes and a bad address", .shape = BAD_SECOND},
    {"one at NULL", .where = NIL, .length = 8},
    {"one at a bad address", .where = LOW, .length = 8},
    {"one at the kernel's address", .where = KERNEL, .length = 8},
    {"one of nothing at a bad address", .where = LOW},
    {"two at a bad address", .where = LOW, .length = 8, .shape = TWO},
    {"one, half of it", .where = EDGE, .length = 8},
    {"two, each half", .where = EDGE, .length = 8, .shape = TWO},
    {"one of INT_MAX", .where = EDGE, .length = INT_MAX},
    {"one of SSIZE_MAX", .where = EDGE, .length = SSIZE_MAX},
    {"one of SSIZE_MAX + 1", .where = EDGE, .length = SSIZE_MAX + 1ul},
    {"one of SIZE_MAX", .where = EDGE, .length = SIZE_MAX},
    {"two of SSIZE_MAX", .where = EDGE, .length = SSIZE_MAX, .shape = TWO},
    {"a vector at NULL", .where = NIL, .shape = BAD},
    {"a vector at a bad address", .where = LOW, .shape = BAD},
    {"a vector at the kernel's address", .where = KERNEL, .shape = BAD},
    {.name = NULL},
};

static const struct argument flags[] = {
    {"MSG_DONTWAIT", .length = 8, .flags = MSG_DONTWAIT},
    {"MSG_NOSIGNAL", .length = 8, .flags = MSG_NOSIGNAL},
    {"MSG_OOB", .length = 8, .flags = MSG_OOB},
    {"MSG_EOR", .length = 8, .flags = MSG_EOR},
    {"MSG_DONTWAIT, many bytes", .length = LONG, .flags = MSG_DONTWAIT},
    {.name = NULL},
};

static const struct argument addresses[] = {
    {"to the peer", .length = 8, .address = PEER_ADDRESS},
    {"to a bad address", .length = 8, .address = BAD_ADDRESS},
    {"to an address of length -1", .length = 8, .address = BAD_LENGTH},
    {"nothing to the peer", .address = PEER_ADDRESS},
    {.name = NULL},
};

static const struct argument no_message[] = {
    {"a bad message", .count = 1},
    {.name = NULL},
};

static const struct argument messages[] = {
    {"three", .length = 8, .count = 3},
    {"one", .length = 8, .count = 1},
    {"none", .length = 8, .count = 0},
    {"three, one to the peer", .length = 8, .count = 3, .address = PEER_ADDRESS},
    {"three, the second bad", .where = LOW, .length = 8, .count = 3},
    {"three, the second empty", .shape = NONE, .count = 3},
    {"three, the second too many", .shape = TOO_MANY, .count = 3},
    {"messages at a bad address", .where = NIL, .length = 8, .count = 3},
    {"three, MSG_DONTWAIT", .length = 8, .count = 3, .flags = MSG_DONTWAIT},
    {.name = NULL},
};

static const struct argument files[] = {
    {"all of it", .length = 100, .source = FILE_SOURCE},
    {"nothing", .length = 0, .source = FILE_SOURCE},
    {"SIZE_MAX", .length = SIZE_MAX, .source = FILE_SOURCE},
    {"from an offset", .length = 100, .source = FILE_SOURCE, .in = OFFSET},
    {"from a bad offset", .length = 100, .source = FILE_SOURCE, .in = BAD_OFFSET},
    {"from a pipe", .length = 8, .source = PIPE_SOURCE},
    {"from a pipe with an offset", .length = 8, .source = PIPE_SOURCE, .in = OFFSET},
    {"from a socket", .length = 8, .source = SOCKET_SOURCE},
    {"from a closed number", .length = 8, .source = NO_SOURCE},
    {.name = NULL},
};

static const struct argument splices[] = {
    {"to an offset", .length = 8, .source = PIPE_SOURCE, .out = OFFSET},
    {"to a bad offset", .length = 8, .source = PIPE_SOURCE, .out = BAD_OFFSET},
    {"with all flags", .length = 8, .source = PIPE_SOURCE,
     .flags = SPLICE_F_NONBLOCK | SPLICE_F_MORE},
    {"with bad flags", .length = 8, .source = PIPE_SOURCE, .flags = 0x1000},
    {"nothing from a pipe", .source = PIPE_SOURCE},
    {"SIZE_MAX from a pipe", .length = SIZE_MAX, .source = PIPE_SOURCE,
     .flags = SPLICE_F_NONBLOCK},
    {"from itself", .length = 8, .source = TARGET, .flags = SPLICE_F_NONBLOCK},
    {.name = NULL},
};

static const struct argument formats[] = {
    {"8 bytes", .format = "12345678"},
    {"3 bytes", .format = "123"},
    {"nothing", .format = ""},
    {"5000 bytes", .format = "%5000.0ls"},
    {"a character that cannot be encoded", .format = "12345678%ls"},
    {.name = NULL},
};

const struct call calls[] = {
    {"write", do_write, {writes}},
    {"writev", do_writev, {vectors}},
    {"writev from the stack", do_writev_from_stack, {vectors}},
    {"send", do_send, {writes, flags}},
    {"sendto", do_sendto, {writes, flags, addresses}},
    {"sendmsg", do_sendmsg, {vectors, flags, addresses, no_message}},
    {"sendmmsg", do_sendmmsg, {messages}},
    {"sendfile", do_sendfile, {files}},
    {"splice", do_splice, {files, splices}},
    {"vmsplice", do_vmsplice, {vectors}},
    {"tee", do_tee, {files, splices}},
    {"dprintf", do_dprintf, {formats}},
};

const size_t call_count = sizeof calls / sizeof *calls;
