/* SPDX-License-Identifier: MIT
 *
 * Log lines.  They are written inside somebody else's SIGPIPE handler: to a
 * descriptor opened for the one line and closed again, or to standard error
 * while that is still what it was at start, with the line's own SIGPIPE masked.  By
 * raw system calls: a function of libc's may be the program's own.
 */
#include "report.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "line.h"
#include "mask.h"
#include "module.h"
#include "verdict.h"

static const struct policy *policy = &policy_default;

void report_start(const struct policy *p)
{
    policy = p;
}

static void write_masked(int fd, const struct line *line)
{
    struct mask mask;

    if (!epipe_mask_enter(&mask))
        return;
    syscall(SYS_write, fd, line->text, line->length);
    epipe_mask_leave(&mask);
}

static void to_path(const struct line *line)
{
    /* O_NONBLOCK: a log that is a FIFO without a reader must not stop us. */
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, policy->log_path, flags, 0640);

    if (fd < 0)
        return;
    write_masked(fd, line);
    syscall(SYS_close, fd);
}

static void to_syslog(const struct line *line)
{
    static const char daemon_info[] = "<30>";
    struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    struct iovec parts[] = {
        {(void *)(uintptr_t)daemon_info, sizeof daemon_info - 1},
        {(void *)(uintptr_t)line->text, line->length},
    };
    struct msghdr message = {
        .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = parts, .msg_iovlen = 2};
    int fd = (int)syscall(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return;
    syscall(SYS_sendmsg, fd, &message, MSG_NOSIGNAL);
    syscall(SYS_close, fd);
}

static void name_descriptor(struct line *line, int fd)
{
    struct line path = {0};
    char target[128];
    long n;

    if (fd < 0) {
        line_text(line, " on an unknown descriptor");
        return;
    }
    line_text(line, " on descriptor ");
    line_number(line, fd);
    line_text(&path, "/proc/self/fd/");
    line_number(&path, fd);
    path.text[path.length] = '\0';
    n = syscall(SYS_readlinkat, AT_FDCWD, path.text, target, sizeof target);
    if (n > 0) {
        line_text(line, " (");
        line_text_n(line, target, (size_t)n);
        line_text(line, ")");
    }
}

void report_swallowed(const struct broken *broken)
{
    struct line line = {0};
    char name[MODULE_NAME];
    uintptr_t offset;

    if (policy->log == LOG_OFF)
        return;
    line_text(&line, "epipe[");
    line_number(&line, syscall(SYS_getpid));
    line_text(&line, "]: ");
    line_text(&line, module_program());
    line_text(&line, ": SIGPIPE swallowed: ");
    line_text(&line, broken->call ? broken->call : "a call inside libc or a raw one");
    name_descriptor(&line, broken->fd);
    if (broken->caller != NULL && module_name(broken->caller, name, &offset)) {
        line_text(&line, ", called from ");
        line_text(&line, name);
        line_text(&line, "+");
        line_hex(&line, offset);
    }
    line_end(&line);

    if (policy->log == LOG_PATH)
        to_path(&line);
    else if (policy->log == LOG_SYSLOG)
        to_syslog(&line);
    else if (verdict_is_as_at_start(STDERR_FILENO))
        write_masked(STDERR_FILENO, &line);
}

void report_bad_setting(const char *variable, const struct policy_error *error)
{
    struct line line = {0};

    line_text(&line, "epipe: ");
    line_text(&line, variable);
    line_text(&line, ": '");
    line_text_n(&line, error->word, error->length);
    line_text(&line, "' ");
    line_text(&line, error->why);
    line_text(&line, "; the default is used");
    line_end(&line);
    write_masked(STDERR_FILENO, &line);
}
