/* SPDX-License-Identifier: MIT
 *
 * stage.c writes to a pipe without a reader in a forked child, and prints how the child
 * ended: stage CASE.
 *
 * The parent makes the pipe and closes both ends, unless the case says otherwise.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "broken-fd.h"

/* glibc's other names, which musl has not. */
__attribute__((weak)) int __pipe(int ends[2]);
__attribute__((weak)) int __dup2(int from, int to);
__attribute__((weak)) FILE *_IO_popen(const char *command, const char *mode);

enum { HIGH = 70 };

static const char *kind;

static int is(const char *name) { return strcmp(kind, name) == 0; }

/* What is said of a child that ended with STATUS. */
static const char *end_of(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE  ? "killed"
           : WIFEXITED(status) && WEXITSTATUS(status) == EPIPE ? "EPIPE"
                                                               : "?";
}

/* FD is the parent's pipe. */
static void prepare(int fd)
{
    int own[2];

    if (is("own-pipe") || is("on-1") || is("on-1-__dup2"))
        need(pipe(own) == 0, "pipe");
    if (is("own-pipe2"))
        need(pipe2(own, O_CLOEXEC) == 0, "pipe2");
    if (is("own-popen"))
        need(popen("exit", "r") != NULL, "popen");
    if (is("own-__pipe"))
        need(__pipe(own) == 0, "__pipe");
    if (is("own-_IO_popen"))
        need(_IO_popen("exit", "r") != NULL, "_IO_popen");
    if (is("on-1"))
        need(dup2(fd, 1) == 1, "dup2");
    if (is("on-1-__dup2"))
        need(__dup2(fd, 1) == 1, "__dup2");
}

/* GO is at its end when the parent has closed what it does not keep. */
static _Noreturn void child(int fd, int go)
{
    char byte;

    need(read(go, &byte, 1) == 0, "read");
    prepare(fd);
    if (is("unreadable"))
        need(setgid(65534) == 0 && setuid(65534) == 0, "setuid");
    _exit(write(fd, "x", 1) < 0 ? errno : 0);
}

int main(int argc, char **argv)
{
    int ends[2], go[2], status, keeps;
    pid_t pid;

    kind = argc > 1 ? argv[1] : "";
    if ((is("own-__pipe") && __pipe == NULL) ||
        (is("own-_IO_popen") && _IO_popen == NULL) || (is("on-1-__dup2") && __dup2 == NULL))
        return puts("there is no such function") < 0;
    if (is("fifo")) {
        need(argc > 2 && mkfifo(argv[2], 0600) == 0, "mkfifo");
        ends[0] = open(argv[2], O_RDONLY | O_NONBLOCK);
        ends[1] = open(argv[2], O_WRONLY);
    } else if (is("socket")) {
        need(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
    } else {
        need(pipe(ends) == 0, "pipe");
    }
    need(pipe(go) == 0, "pipe");
    pid = fork();
    need(pid >= 0, "fork");
    if (pid == 0) {
        close(ends[0]);
        close(go[1]);
        child(ends[1], go[0]);
    }
    keeps = is("shared") || is("shared-elsewhere") || is("unreadable");
    if (is("shared-elsewhere"))
        need(dup2(ends[1], HIGH) == HIGH, "dup2");
    if (!keeps || is("shared-elsewhere"))
        close(ends[1]);
    close(ends[0]);
    close(go[1]);
    need(waitpid(pid, &status, 0) == pid, "waitpid");
    if (is("parent")) { /* the same write, by the one that made the pipe */
        need(pipe(ends) == 0, "pipe");
        close(ends[0]);
        status = write(ends[1], "x", 1) < 0 ? errno << 8 : 0;
    }
    puts(end_of(status));
    return 0;
}
