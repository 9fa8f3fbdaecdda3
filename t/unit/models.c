/* SPDX-License-Identifier: MIT
 *
 * The single calls and their models, made with the arguments of arguments.c.
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
#include <epipe.h>

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

long do_write(const struct subject *s, const struct argument *a)
{
    return EITHER(write, s->object->fd, at(a->where), a->length);
}

long do_writev(const struct subject *s, const struct argument *a)
{
    int count;
    const struct iovec *iov = vector(a, &count);

    return EITHER(writev, s->object->fd, iov, count);
}

/* Where its address is on the stack the library may read it. */
long do_writev_from_stack(const struct subject *s, const struct argument *a)
{
    struct iovec here[IOV_MAX + 1];
    const struct iovec *iov;
    int count;

    iov = vector(a, &count);
    if (a->shape != BAD)
        iov = memcpy(here, iov, sizeof here);
    return EITHER(writev, s->object->fd, iov, count);
}

long do_send(const struct subject *s, const struct argument *a)
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

long do_sendto(const struct subject *s, const struct argument *a)
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

long do_sendmsg(const struct subject *s, const struct argument *a)
{
    const struct msghdr m = message(s, a);
    const struct msghdr *given = a->count == 0 ? &m : at(LOW);

    return EITHER(sendmsg, s->object->fd, given, (int)a->flags);
}

/* Three messages: an ordinary one, the one that is asked for, an ordinary one. */
long do_sendmmsg(const struct subject *s, const struct argument *a)
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

long do_sendfile(const struct subject *s, const struct argument *a)
{
    off_t *offsets[] = {NULL, s->extra, at(LOW)};

    *s->extra = 2;
    return EITHER(sendfile, s->object->fd, s->source, offsets[a->in], a->length);
}

long do_splice(const struct subject *s, const struct argument *a)
{
    loff_t in = 2, out = 3;
    loff_t *ins[] = {NULL, &in, at(LOW)}, *outs[] = {NULL, &out, at(LOW)};
    long result = EITHER(splice, s->source, ins[a->in], s->object->fd, outs[a->out],
                         a->length, a->flags);

    *s->extra = (long)(in * 1000 + out);
    return result;
}

long do_vmsplice(const struct subject *s, const struct argument *a)
{
    int count;
    const struct iovec *iov = vector(a, &count);

    return EITHER(vmsplice, s->object->fd, iov, (size_t)count, a->flags | SPLICE_F_NONBLOCK);
}

long do_tee(const struct subject *s, const struct argument *a)
{
    return EITHER(tee, s->source, s->object->fd, a->length, a->flags | SPLICE_F_NONBLOCK);
}

long do_dprintf(const struct subject *s, const struct argument *a)
{
    return EITHER(dprintf, s->object->fd, a->format, L"\x7fffffff");
}
