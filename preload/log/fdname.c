/* SPDX-License-Identifier: MIT
 *
 * By raw system calls, as all that runs in the handler.
 */
#include "fdname.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/core/fdstat.h"
#include "sockaddr.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef SO_PEERNAME
#define SO_PEERNAME 28
#endif

enum { TARGET_ROOM = 216 };

static bool get_name(bool peer, int fd, struct sockaddr_storage *address, socklen_t *length)
{
    *length = sizeof *address;
    memset(address, 0, sizeof *address);
    return syscall(peer ? SYS_getpeername : SYS_getsockname, fd, address, length) == 0;
}

static int get_option(int fd, int option)
{
    int value = -1;
    socklen_t length = sizeof value;

    syscall(SYS_getsockopt, fd, SOL_SOCKET, option, &value, &length);
    return value;
}

/* getpeername knows nobody once a TCP connection has been reset, but this option still
 * does.  It wants the address's exact size. */
static bool get_lost_peer(int fd, int family, struct sockaddr_storage *address, socklen_t *length)
{
    *length = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    memset(address, 0, sizeof *address);
    return (family == AF_INET || family == AF_INET6) &&
           syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERNAME, address, length) == 0;
}

static void append_kind(struct strbuf *line, int fd, int family)
{
    int protocol = get_option(fd, SO_PROTOCOL);
    int type = get_option(fd, SO_TYPE);

    if (family == AF_UNIX) {
        strbuf_text(line, type == SOCK_DGRAM       ? " unix datagram "
                          : type == SOCK_SEQPACKET ? " unix seqpacket "
                                                   : " unix ");
    } else if (family == AF_INET || family == AF_INET6) {
        strbuf_text(line, protocol == IPPROTO_TCP     ? " tcp "
                          : protocol == IPPROTO_MPTCP ? " mptcp "
                          : protocol == IPPROTO_SCTP  ? " sctp "
                          : protocol == IPPROTO_UDP   ? " udp "
                                                      : " inet ");
    } else {
        strbuf_text(line, " ");
    }
}

/* Is ADDRESS that of a unix socket without a name: AF_UNIX alone? */
static bool is_unnamed(const struct sockaddr_storage *address, socklen_t length)
{
    return address->ss_family == AF_UNIX && length <= offsetof(struct sockaddr_un, sun_path);
}

static void append_socket(struct strbuf *line, int fd, const struct fdstat *object)
{
    struct sockaddr_storage address;
    socklen_t length;
    bool unnamed;
    int family;

    strbuf_text(line, "socket:[");
    strbuf_number(line, (long long)object->inode);
    strbuf_text(line, "]");
    if (!get_name(false, fd, &address, &length))
        return;
    family = address.ss_family;
    unnamed = is_unnamed(&address, length);
    append_kind(line, fd, family);
    sockaddr_append(line, &address, length);
    if (!get_name(true, fd, &address, &length) && !get_lost_peer(fd, family, &address, &length))
        return;
    /* A socketpair: to say it once is enough. */
    if (unnamed && is_unnamed(&address, length))
        return;
    strbuf_text(line, " -> ");
    sockaddr_append(line, &address, length);
}

/* What the kernel appends to a path that has been unlinked is not escaped with it. */
static void append_target(struct strbuf *line, const char *target, size_t length)
{
    static const char mark[] = " (deleted)";
    size_t tail = sizeof mark - 1;
    bool is_marked = length > tail && memcmp(target + length - tail, mark, tail) == 0;

    strbuf_name(line, target, is_marked ? length - tail : length, TARGET_ROOM);
    if (is_marked)
        strbuf_text(line, mark);
}

static void append_link(struct strbuf *line, int fd, const struct fdstat *object)
{
    char target[TARGET_ROOM + 1]; /* one more, to see that it is cut */
    size_t before = line->length;
    long n;

    /* Put together in the line itself, to spare the stack.  Not the process's, which are
     * those of its first thread, and that may have ended. */
    strbuf_text(line, "/proc/thread-self/fd/");
    strbuf_number(line, fd);
    line->text[line->length] = '\0';
    line->length = before;
    if (line->full)
        return;
    n = syscall(SYS_readlinkat, AT_FDCWD, line->text + before, target, sizeof target);
    if (n > 0) {
        append_target(line, target, (size_t)n);
    } else if (S_ISFIFO(object->mode)) {
        strbuf_text(line, "pipe:[");
        strbuf_number(line, (long long)object->inode);
        strbuf_text(line, "]");
    }
}

void fdname_append(struct strbuf *line, int fd)
{
    struct fdstat object;

    if (!epipe_fdstat(fd, &object))
        return;
    if (S_ISSOCK(object.mode))
        append_socket(line, fd, &object);
    else
        append_link(line, fd, &object);
}
