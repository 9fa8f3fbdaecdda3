/* SPDX-License-Identifier: MIT
 *
 * libc.c looks up libc's own functions behind the interposed ones: those of the next
 * object in the search order, which is another preload object's where there is one.
 */
#ifndef EPIPE_LIBC_H
#define EPIPE_LIBC_H

/* The interposers define both `sendfile` and `sendfile64`, so a header must not
 * make one the other's name. */
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* glibc declares sendto with a transparent union in its place. */
#ifndef __CONST_SOCKADDR_ARG
#define __CONST_SOCKADDR_ARG const struct sockaddr *
#endif

#ifndef __GLIBC__
/* musl: names for one function, and one that some versions lack. */
#undef sendfile64
#undef pwritev64v2
#undef off64_t
typedef off_t off64_t;
ssize_t sendfile64(int out, int in, off64_t *offset, size_t count);
ssize_t pwritev2(int fd, const struct iovec *iov, int count, off_t offset, int flags);
sighandler_t __sysv_signal(int signal, sighandler_t handler);
typedef unsigned sendmmsg_flags;
#else
typedef int sendmmsg_flags;
#endif
ssize_t pwritev64v2(int fd, const struct iovec *iov, int count, off64_t offset, int flags);
int pidfd_send_signal(int pidfd, int signal, siginfo_t *info, unsigned flags);
int __vdprintf_chk(int fd, int flag, const char *format, va_list arguments);
int __dprintf_chk(int fd, int flag, const char *format, ...);
int __sigtimedwait64(const sigset_t *set, siginfo_t *info, const void *timeout);
void epipe_preload_forget(void);
ssize_t __write(int fd, const void *buf, size_t len);
ssize_t __send(int fd, const void *buf, size_t len, int flags);
int __pipe(int ends[2]);
int __dup2(int from, int to);
__attribute__((malloc)) FILE *_IO_popen(const char *command, const char *mode);

#if __SIZEOF_LONG__ == 4 && defined __GLIBC__
#define LIBC_TIME64(X) X(__sigtimedwait64)
#else
#define LIBC_TIME64(X)
#endif
/* clang-format off */
#define LIBC_FUNCTIONS(X)                                                                 \
    X(write) X(writev) X(pwritev2) X(pwritev64v2) X(send) X(sendto) X(sendmsg)            \
    X(sendmmsg) X(sendfile) X(sendfile64) X(splice) X(vmsplice) X(tee) X(vdprintf)        \
    X(__vdprintf_chk) X(kill) X(killpg) X(sigaction) X(signal) X(__sysv_signal) X(sigset)  \
    X(siginterrupt) X(pidfd_send_signal) X(pipe) X(pipe2) X(popen) X(dup2) X(dup3)       \
    X(sigwait) X(sigwaitinfo) X(sigtimedwait) LIBC_TIME64(X)
/* clang-format on */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* siginterrupt, sigset */
#define LIBC_MEMBER(name) __typeof__(&name) name##_;
struct libc {
    LIBC_FUNCTIONS(LIBC_MEMBER)
};
#pragma GCC diagnostic pop
#undef LIBC_MEMBER

extern struct libc libc_table;

/* Fills the table.  The constructor does; so does the first interposed call
 * where another library's constructor ran before ours.  Idempotent. */
void libc_resolve(void);

/* LIBC(write)(fd, buf, len) calls the next `write`. */
#define LIBC(name)                                                                        \
    ((__builtin_expect(libc_table.write_ == NULL, 0) ? libc_resolve() : (void)0),         \
     libc_table.name##_)

#define API __attribute__((visibility("default")))
#define ALIAS(name) __attribute__((alias(#name), visibility("default")))
#define ALIAS_OF_LEAF(name)                                                               \
    __attribute__((alias(#name), visibility("default"), nothrow, leaf))

#endif
