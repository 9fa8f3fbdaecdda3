/* SPDX-License-Identifier: MIT
 *
 * Makes objects, alive and broken, and the calls on them.
 */
#include "calls.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <epipe.h>

/* A process that cannot exist. */
enum { NOBODY = 0x3fffffff };

static void need(bool ok)
{
    if (!ok)
        _exit(90);
}

static int source_pipe(void)
{
    int ends[2];

    need(pipe(ends) == 0 && write(ends[1], "01234567", 8) == 8);
    return ends[0];
}

static int source_file(void)
{
    int fd = memfd_create("step", 0);

    need(fd >= 0 && ftruncate(fd, 8) == 0);
    return fd;
}

struct target target_make(enum object object, bool is_socket, int fd)
{
    struct target target = {.object = object, .fd = fd, .self = getpid()};
    int ends[2]; /* reader, writer */

    need((is_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends)) == 0);
    need(dup2(ends[1], fd) == fd);
    close(ends[1]);
    if (is_socket && fd <= 2)
        need(fchmod(fd, S_IWUSR) == 0); /* as ksh93 does */
    if (object != OBJECT_ALIVE)
        close(ends[0]);
    target.pipe = source_pipe();
    target.file = source_file();
    target.stream = fdopen(fd, "w");
    need(target.stream != NULL && setvbuf(target.stream, malloc(64), _IOFBF, 64) == 0);
    return target;
}

static long by_stdio(const struct target *target)
{
    return fputc('x', target->stream) == EOF || fflush(target->stream) != 0 ? -1 : 1;
}

static long by_sigaction(enum object object)
{
    struct sigaction act = {.sa_handler = object == OBJECT_KEPT ? SIG_IGN : SIG_DFL}, old;

    if (sigaction(SIGPIPE, object == OBJECT_PROTECTED ? NULL : &act, &old) != 0)
        return -1;
    return old.sa_handler == SIG_DFL ? 0 : -2;
}

static long by_kill(const struct target *target)
{
    if (target->object == OBJECT_ALIVE)
        return kill(NOBODY, 0);
    return kill(target->object == OBJECT_KEPT ? target->self : NOBODY, SIGPIPE);
}

static long unblock(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static struct iovec byte = {"x", 1};

long call_plain(enum call call, const struct target *target)
{
    struct msghdr message = {.msg_iov = &byte, .msg_iovlen = 1};
    off_t offset = 0;
    int ends[2];

    switch (call) {
    case CALL_WRITE:
        return write(target->fd, "x", 1);
    case CALL_WRITEV:
        return writev(target->fd, &byte, 1);
    case CALL_SEND:
        return send(target->fd, "x", 1, 0);
    case CALL_SENDMSG:
        return sendmsg(target->fd, &message, 0);
    case CALL_SENDFILE:
        return sendfile(target->fd, target->file, &offset, 1);
    case CALL_SPLICE:
        return splice(target->pipe, NULL, target->fd, NULL, 1, 0);
    case CALL_DPRINTF:
        return dprintf(target->fd, "%c", 'x');
    case CALL_STDIO:
        return by_stdio(target);
    case CALL_RAW:
        return syscall(SYS_write, target->fd, "x", 1L);
    case CALL_SIGACTION:
        return by_sigaction(target->object);
    case CALL_SIGNAL:
        return signal(SIGPIPE, target->object == OBJECT_KEPT ? SIG_IGN : SIG_DFL) == SIG_DFL
                   ? 0
                   : -2;
    case CALL_KILL:
        return by_kill(target);
    case CALL_PIPE:
        return pipe(ends);
    case CALL_UNBLOCK:
        return unblock();
    case CALLS:
        break;
    }
    abort();
}

long call_flag(enum call call, const struct target *target)
{
    struct msghdr message = {.msg_iov = &byte, .msg_iovlen = 1};
    off_t offset = 0;

    switch (call) {
    case CALL_WRITE:
        return epipe_write(target->fd, "x", 1);
    case CALL_RAW: /* as a handler's call only */
    case CALL_WRITEV:
        return epipe_writev(target->fd, &byte, 1);
    case CALL_SEND:
        return epipe_send(target->fd, "x", 1, 0);
    case CALL_SENDMSG:
        return epipe_sendmsg(target->fd, &message, 0);
    case CALL_SENDFILE:
        return epipe_sendfile(target->fd, target->file, &offset, 1);
    case CALL_SPLICE:
        return epipe_splice(target->pipe, NULL, target->fd, NULL, 1, 0);
    case CALL_DPRINTF:
        return epipe_dprintf(target->fd, "%c", 'x');
    default:
        abort();
    }
}
