/* SPDX-License-Identifier: MIT
 *
 * The log is written to inside another program's SIGPIPE handler: by a descriptor opened
 * for the one line and closed again, or by standard error while that is still what it was
 * at start and can be written to at once, with the line's own SIGPIPE blocked.  By raw
 * system calls: a function of libc's may be the program's own.
 */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "dso.h"
#include "lib/core/keep.h"
#include "lib/core/sigmask.h"
#include "private-fd.h"
#include "timestamp.h"

enum { PROGRAM_ROOM = 40 };

struct log_options sink_options;

static void append_tag(struct strbuf *line)
{
    strbuf_text(line, "epipe[");
    strbuf_number(line, syscall(SYS_getpid));
    strbuf_text(line, "]: ");
}

void sink_begin(struct strbuf *line)
{
    const char *program = dso_program();

    if (sink_options.sink != LOG_SYSLOG) {
        timestamp_now(line);
        strbuf_text(line, " ");
    }
    append_tag(line);
    strbuf_name(line, program, strlen(program), PROGRAM_ROOM);
    strbuf_text(line, ": ");
}

void sink_continue(struct strbuf *line)
{
    if (sink_options.sink == LOG_SYSLOG)
        append_tag(line);
    strbuf_text(line, "    ");
}

/* Signals that a write itself may raise, and that act on the program, which has not
 * written: a file beyond RLIMIT_FSIZE, a terminal that stops background output.  While
 * the latter is blocked there is none.  Both are in the first word everywhere. */
enum { FILE_SIZE = SIGXFSZ - 1, BACKGROUND = SIGTTOU - 1 };

static bool holds(const struct kernel_sigset *set, int bit)
{
    return (set->words[0] >> bit & 1) != 0;
}

static bool is_pending(int bit)
{
    struct kernel_sigset set;

    return syscall(SYS_rt_sigpending, &set, sizeof set) == 0 && holds(&set, bit);
}

static bool write_masked(int fd, const struct strbuf *line)
{
    static const struct kernel_sigset file_size = {{1UL << FILE_SIZE}};
    static const struct kernel_sigset others = {{1UL << FILE_SIZE | 1UL << BACKGROUND}};
    const long long at_once[2] = {0}; /* a timespec of either width */
    struct kernel_sigset before = {{0}};
    struct sigmask mask;
    bool was_pending;
    long n;

    if (!epipe_sigmask_block(&mask))
        return false;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &others, &before, sizeof before);
    was_pending = holds(&before, FILE_SIZE) && is_pending(FILE_SIZE);
    n = syscall(SYS_write, fd, line->text, line->length);
    if (n < 0 && errno == EFBIG && !was_pending)
        syscall(SYS_rt_sigtimedwait, &file_size, NULL, at_once, sizeof file_size);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
    epipe_sigmask_restore(&mask);
    return n == (long)line->length;
}

/* Will standard error take a line now?  A pipe that is full would stop the program until
 * somebody reads, and one that is broken takes none.  Where it cannot be asked it will;
 * where another writer comes first, it waits after all. */
static bool is_ready(void)
{
    const long long at_once[2] = {0}; /* a timespec of either width */
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

    return syscall(SYS_ppoll, &p, 1L, at_once, NULL, (long)_NSIG / 8) < 0 ||
           p.revents == POLLOUT;
}

static bool to_stderr(const struct strbuf *line)
{
    return is_ready() && write_masked(STDERR_FILENO, line);
}

static bool to_path(const struct strbuf *line)
{
    /* O_NONBLOCK: a log that is a FIFO without a reader must not stop us. */
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
    struct private_fd log;
    bool written;

    if (!private_fd_open(&log, sink_options.path, flags))
        return false;
    written = write_masked(log.fd, line);
    private_fd_close(&log);
    return written;
}

static bool to_syslog(const struct strbuf *line)
{
    static const char daemon_info[] = "<30>";
    struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    struct iovec parts[] = {
        {(void *)(uintptr_t)daemon_info, sizeof daemon_info - 1},
        {(void *)(uintptr_t)line->text, line->length},
    };
    struct msghdr message = {
        .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = parts, .msg_iovlen = 2};
    struct private_fd log;
    long n;

    if (!private_fd_open(&log, NULL, 0))
        return false;
    n = syscall(SYS_sendmsg, log.fd, &message, MSG_NOSIGNAL);
    private_fd_close(&log);
    return n >= 0;
}

bool sink_line(struct strbuf *line)
{
    strbuf_end(line);
    if (sink_options.sink == LOG_PATH)
        return to_path(line);
    if (sink_options.sink == LOG_SYSLOG)
        return to_syslog(line);
    return epipe_keep_is_as_at_start(sink_options.keep, STDERR_FILENO) && to_stderr(line);
}

void sink_complaint(struct strbuf *line)
{
    strbuf_end(line);
    to_stderr(line);
}
