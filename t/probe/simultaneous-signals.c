/* SPDX-License-Identifier: MIT
 *
 * together CALL FD: one broken write, or a kill, at which another signal is to arrive;
 * strace adds it. FD is `socket`, `pipe` or `1`: standard output, which the caller has
 * made a dead pipe. Says how the call ended, and how often the other signal was seen.
 *
 * together seen: where does a SIGPIPE handler of one's own find the program counter?
 */
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "broken-fd.h"
#include "lib/core/ucontext.h"

static volatile sig_atomic_t others, is_at_handler;

static void on_other(int sig)
{
    (void)sig;
    others = others + 1;
}

static void look(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)info;
    is_at_handler = ucontext_read(context).pc == (uintptr_t)on_other;
}

static long attempt(const char *call, int fd)
{
    struct iovec part = {(void *)(uintptr_t) "x", 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    FILE *stream;
    int other[2];

    if (strcmp(call, "write") == 0)
        return write(fd, "x", 1);
    if (strcmp(call, "raw") == 0)
        return syscall(SYS_write, fd, "x", 1);
    if (strcmp(call, "writev") == 0)
        return writev(fd, &part, 1);
    if (strcmp(call, "sendto") == 0)
        return send(fd, "x", 1, 0);
    if (strcmp(call, "sendmsg") == 0)
        return sendmsg(fd, &message, 0);
    if (strcmp(call, "stdio") == 0) {
        stream = fdopen(fd, "w");
        return stream != NULL && fputs("x", stream) >= 0 ? fflush(stream) : -2;
    }
    if (strcmp(call, "sendfile") == 0)
        return sendfile(fd, open("/proc/self/exe", O_RDONLY | O_CLOEXEC), NULL, 1);
    if (strcmp(call, "splice") == 0) {
        /* Without a write of its own: strace counts these. */
        need(pipe(other) == 0 && vmsplice(other[1], &part, 1, 0) == 1, "vmsplice");
        return splice(other[0], NULL, fd, NULL, 1, 0);
    }
    if (strcmp(call, "kill") == 0)
        return kill(getpid(), SIGPIPE);
    need(strcmp(call, "tgkill") == 0, "usage");
    return raise(SIGPIPE);
}

int main(int argc, char **argv)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM};
    struct sigaction act = {.sa_flags = SA_SIGINFO};
    const char *call = argc > 1 ? argv[1] : "";
    const char *to = argc > 2 ? argv[2] : "pipe";
    long result;

    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], on_other);
    if (strcmp(call, "seen") == 0) {
        act.sa_sigaction = look;
        need(sigaction(SIGPIPE, &act, NULL) == 0, "sigaction");
        call = "write";
    }
    result = attempt(call, *to == '1' ? broken_stdout()
                                      : broken_fd(*to == 'p' ? "pipe" : "unix"));
    fprintf(stderr, "%s: %ld %s, others %d%s\n", call, result, result < 0 ? errno_name() : "ok",
            (int)others, is_at_handler ? ", at the handler" : "");
    return 0;
}
