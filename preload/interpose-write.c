/* SPDX-License-Identifier: MIT
 *
 * interpose-write.c interposes the write family.  Each function takes a record, makes the
 * program's own call through libc and releases the record: the same system call with the
 * same arguments, and the same cancellation point.  What the record does not cover (stdio,
 * raw system calls) the SIGPIPE handler sees all the same.
 *
 * Thread-safe and async-signal-safe as the functions they stand before.
 */
#include "libc.h"

#include <errno.h>

#include "lib/core/inflight.h"

/* CALL with a record on FD, as the value of the wrapper. */
#define WRAP_WRITE(fd, first_fd, depth, call) WRAP_AS(fd, first_fd, depth, false, call)
#define WRAP_AS(fd, first_fd, depth, send, call)                                          \
    static const struct inflight_call this_call = {                                       \
        .name = __func__, .max_stack = depth, .first_is_fd = first_fd, .is_send = send};  \
    struct inflight outer;                                                                \
    inflight_begin(&outer, fd, &this_call);                                               \
    __typeof__(call) result = call;                                                       \
    inflight_end(&outer, result);                                                         \
    return result

/* A call that asks for no signal gets none, and needs no record. */
#define WRAP_UNLESS(is_silent, fd, send, call)                                            \
    if (is_silent)                                                                        \
        return call;                                                                      \
    WRAP_AS(fd, true, STACK_SYSCALL, send, call)

#define WRAP_SEND(fd, flags, call) WRAP_UNLESS((flags)&MSG_NOSIGNAL, fd, true, call)

#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x100
#endif

API ssize_t write(int fd, const void *buf, size_t len)
{
    WRAP_WRITE(fd, true, STACK_SYSCALL, LIBC(write)(fd, buf, len));
}

ssize_t __write(int fd, const void *buf, size_t len) ALIAS(write);

API ssize_t writev(int fd, const struct iovec *iov, int count)
{
    WRAP_WRITE(fd, true, STACK_SYSCALL, LIBC(writev)(fd, iov, count));
}

API ssize_t pwritev2(int fd, const struct iovec *iov, int count, off_t offset, int flags)
{
    if (LIBC(pwritev2) == NULL) {
        errno = ENOSYS; /* LCOV_EXCL_START: musl */
        return -1;
    } /* LCOV_EXCL_STOP */
    WRAP_UNLESS(flags & RWF_NOSIGNAL, fd, false, LIBC(pwritev2)(fd, iov, count, offset, flags));
}

API ssize_t pwritev64v2(int fd, const struct iovec *iov, int count, off64_t offset, int flags)
{
    if (LIBC(pwritev64v2) == NULL) {
        errno = ENOSYS; /* LCOV_EXCL_START: musl */
        return -1;
    } /* LCOV_EXCL_STOP */
    WRAP_UNLESS(flags & RWF_NOSIGNAL, fd, false,
                LIBC(pwritev64v2)(fd, iov, count, offset, flags));
}

API ssize_t send(int fd, const void *buf, size_t len, int flags)
{
    WRAP_SEND(fd, flags, LIBC(send)(fd, buf, len, flags));
}

ssize_t __send(int fd, const void *buf, size_t len, int flags) ALIAS(send);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic" /* glibc's transparent union */
API ssize_t sendto(int fd, const void *buf, size_t len, int flags, __CONST_SOCKADDR_ARG to,
                   socklen_t to_len)
{
    WRAP_SEND(fd, flags, LIBC(sendto)(fd, buf, len, flags, to, to_len));
}
#pragma GCC diagnostic pop

API ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    WRAP_SEND(fd, flags, LIBC(sendmsg)(fd, message, flags));
}

API int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, sendmmsg_flags flags)
{
    WRAP_SEND(fd, flags, LIBC(sendmmsg)(fd, messages, count, flags));
}

API ssize_t sendfile(int out, int in, off_t *offset, size_t count)
{
    WRAP_WRITE(out, true, STACK_SYSCALL, LIBC(sendfile)(out, in, offset, count));
}

API ssize_t sendfile64(int out, int in, off64_t *offset, size_t count)
{
    WRAP_WRITE(out, true, STACK_SYSCALL, LIBC(sendfile64)(out, in, offset, count));
}

API ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t len,
                   unsigned flags)
{
    WRAP_WRITE(out, false, STACK_SYSCALL,
               LIBC(splice)(in, in_offset, out, out_offset, len, flags));
}

API ssize_t vmsplice(int fd, const struct iovec *iov, size_t count, unsigned flags)
{
    WRAP_WRITE(fd, true, STACK_SYSCALL, LIBC(vmsplice)(fd, iov, count, flags));
}

API ssize_t tee(int in, int out, size_t len, unsigned flags)
{
    WRAP_WRITE(out, false, STACK_SYSCALL, LIBC(tee)(in, out, len, flags));
}

#if __SIZEOF_LONG__ == 4 && defined __GLIBC__
/* What programs with a 64-bit time_t call. */
ssize_t __sendmsg64(int fd, const struct msghdr *message, int flags) ALIAS(sendmsg);
int __sendmmsg64(int fd, struct mmsghdr *messages, unsigned count, int flags) ALIAS(sendmmsg);
#endif

/* libc writes from inside dprintf, where no wrapper above is passed. */

API int vdprintf(int fd, const char *format, va_list arguments)
{
    WRAP_WRITE(fd, true, STACK_STDIO, LIBC(vdprintf)(fd, format, arguments));
}

API int __vdprintf_chk(int fd, int flag, const char *format, va_list arguments)
{
    WRAP_WRITE(fd, true, STACK_STDIO, LIBC(__vdprintf_chk)(fd, flag, format, arguments));
}

/* CALL, which takes the `arguments` behind LAST. */
#define WRAP_VARIADIC(fd, last, call)                                                     \
    static const struct inflight_call this_call = {                                       \
        .name = __func__, .max_stack = STACK_STDIO, .first_is_fd = true};                 \
    struct inflight outer;                                                                \
    va_list arguments;                                                                    \
    int result;                                                                           \
    inflight_begin(&outer, fd, &this_call);                                               \
    va_start(arguments, last);                                                            \
    result = call;                                                                        \
    va_end(arguments);                                                                    \
    inflight_end(&outer, result);                                                         \
    return result

API int dprintf(int fd, const char *format, ...)
{
    WRAP_VARIADIC(fd, format, LIBC(vdprintf)(fd, format, arguments));
}

API int __dprintf_chk(int fd, int flag, const char *format, ...)
{
    WRAP_VARIADIC(fd, format, LIBC(__vdprintf_chk)(fd, flag, format, arguments));
}
