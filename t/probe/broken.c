/* SPDX-License-Identifier: MIT
 *
 * broken CALL KIND: makes one CALL on a dead descriptor of KIND and says what it
 * returned.  `broken --list` prints every CALL, the interposed ones first.
 */
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <pthread.h>
#include <resolv.h>
#include <stdarg.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "broken-fd.h"

static char text[] = "text";
static struct iovec one = {text, 4};
static struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1};

ssize_t __write(int fd, const void *buf, size_t len);
/* Newer architectures' libc has no __send to link with. */
__attribute__((weak)) ssize_t __send(int fd, const void *buf, size_t len, int flags);

static long by_write(int fd) { return write(fd, text, 4); }
static long by___write(int fd) { return __write(fd, text, 4); }
static long by_writev(int fd) { return writev(fd, &one, 1); }
static long by_pwritev2(int fd) { return pwritev2(fd, &one, 1, -1, 0); }
static long by_pwritev64v2(int fd) { return pwritev64v2(fd, &one, 1, -1, 0); }
static long by_send(int fd) { return send(fd, text, 4, 0); }
static long by___send(int fd) { return __send(fd, text, 4, 0); }
static long by_sendto(int fd) { return sendto(fd, text, 4, 0, NULL, 0); }
static long by_sendmsg(int fd) { return sendmsg(fd, &message, 0); }

static long by_sendmmsg(int fd)
{
    struct mmsghdr messages[2] = {{.msg_hdr = message}, {.msg_hdr = message}};

    return sendmmsg(fd, messages, 2, 0);
}

static int program_file(void)
{
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    need(fd >= 0, "/proc/self/exe");
    return fd;
}

static long by_sendfile(int fd) { return sendfile(fd, program_file(), NULL, 64); }
static long by_sendfile64(int fd) { return sendfile64(fd, program_file(), NULL, 64); }

static int filled_pipe(void)
{
    int pair[2];

    need(pipe(pair) == 0 && write(pair[1], text, 4) == 4, "pipe");
    return pair[0];
}

static long by_splice(int fd) { return splice(filled_pipe(), NULL, fd, NULL, 4, 0); }
static long by_tee(int fd) { return tee(filled_pipe(), fd, 4, 0); }
static long by_vmsplice(int fd) { return vmsplice(fd, &one, 1, 0); }
static long by_dprintf(int fd) { return dprintf(fd, "%s", text); }

static long variadic(int fd, const char *format, ...)
{
    va_list arguments;
    long result;

    va_start(arguments, format);
    result = vdprintf(fd, format, arguments);
    va_end(arguments);
    return result;
}

static long by_vdprintf(int fd) { return variadic(fd, "%s", text); }

/* More than libc's buffer holds, so that it writes, and fails, several times. */
static long by_long_dprintf(int fd)
{
    return dprintf(fd, "%*s%*s", 30000, "x", 30000, "y");
}

int __dprintf_chk(int fd, int flag, const char *format, ...);
static long by___dprintf_chk(int fd) { return __dprintf_chk(fd, 1, "%s", text); }

int __vdprintf_chk(int fd, int flag, const char *format, va_list arguments);

static long variadic_chk(int fd, const char *format, ...)
{
    va_list arguments;
    long result;

    va_start(arguments, format);
    result = __vdprintf_chk(fd, 1, format, arguments);
    va_end(arguments);
    return result;
}

static long by___vdprintf_chk(int fd) { return variadic_chk(fd, "%s", text); }

/* From here on no interposer is passed. */

static long by_syscall(int fd) { return syscall(SYS_write, fd, text, 4); }

static long by_fflush(int fd)
{
    FILE *stream = fdopen(fd, "w");

    need(stream != NULL && fputs(text, stream) >= 0, "fdopen");
    return fflush(stream);
}

static long by_unbuffered(int fd)
{
    FILE *stream = fdopen(fd, "w");

    need(stream != NULL && setvbuf(stream, NULL, _IONBF, 0) == 0, "fdopen");
    return fputs(text, stream);
}

static long by_exit(int fd)
{
    FILE *stream = fdopen(fd, "w");

    need(stream != NULL && fputs(text, stream) >= 0, "fdopen");
    puts("exit: flushing");
    exit(0); /* libc flushes the stream */
}

static long by_perror(int fd)
{
    int keep = dup(2);

    need(dup2(fd, 2) == 2, "dup2"); /* which is a socket or pipe made after start */
    errno = EIO;
    perror("perror");
    need(dup2(keep, 2) == 2, "dup2");
    return 0;
}

/* The resolver asks over TCP with a writev inside libc. */
static void *name_server(void *listener)
{
    unsigned char query[514];
    int fd = accept(*(int *)listener, NULL, NULL);
    ssize_t n = read(fd, query, sizeof query);

    need(n > 14, "query");
    query[4] |= 0x80;                                  /* an answer */
    query[5] = (unsigned char)((query[5] & 0xf0) | 3); /* NXDOMAIN */
    need(write(fd, query, (size_t)n) == n, "answer");
    return NULL;
}

/* The socket of ours whose other end is PORT. */
static int connected_to(in_port_t port)
{
    for (int fd = 0; fd < 256; fd++) {
        struct sockaddr_in peer = {0};
        socklen_t length = sizeof peer;

        if (getpeername(fd, (struct sockaddr *)&peer, &length) == 0 && peer.sin_port == port)
            return fd;
    }
    return -1;
}

static long by_resolver(int fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    unsigned char answer[512];
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_t server;

    close(fd);
    need(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 4) == 0 &&
             getsockname(listener, (struct sockaddr *)&address, &length) == 0,
         "listener");
    need(pthread_create(&server, NULL, name_server, &listener) == 0, "thread");
    need(res_init() == 0, "res_init");
    _res.options |= RES_USEVC | RES_STAYOPEN;
    _res.options &= ~(unsigned long)(RES_DNSRCH | RES_DEFNAMES);
    _res.nscount = 1;
    _res.retry = 1;
    _res.nsaddr_list[0] = address;
    res_query("one.example", C_IN, T_A, answer, sizeof answer);
    pthread_join(server, NULL);
    close(listener);
    need(shutdown(connected_to(address.sin_port), SHUT_WR) == 0, "the resolver's socket");
    errno = 0;
    return res_query("two.example", C_IN, T_A, answer, sizeof answer);
}

static const struct {
    const char *name;
    long (*make)(int fd);
} calls[] = {
#define CALL(name)                                                                        \
    {                                                                                     \
#name, by_##name                                                                  \
    }
    CALL(write),       CALL(__write),        CALL(writev),       CALL(pwritev2),
    CALL(pwritev64v2), CALL(send),           CALL(__send),       CALL(sendto),
    CALL(sendmsg),     CALL(sendmmsg),       CALL(sendfile),     CALL(splice),
    CALL(sendfile64),  CALL(vmsplice),       CALL(tee),          CALL(dprintf),
    CALL(vdprintf),    CALL(__dprintf_chk),  CALL(long_dprintf), CALL(syscall),
    CALL(fflush),      CALL(unbuffered),     CALL(exit),         CALL(perror),
    CALL(resolver),    CALL(__vdprintf_chk),
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (argc == 2 && strcmp(argv[1], "--list") == 0 &&
            (calls[i].make != by___send || __send != NULL))
            puts(calls[i].name);
        else if (argc == 3 && strcmp(argv[1], calls[i].name) == 0) {
            say(calls[i].name, calls[i].make(broken_fd(argv[2])));
            return 0;
        }
    }
    return argc == 2 ? 0 : 91;
}
