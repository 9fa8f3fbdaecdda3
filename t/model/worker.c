/* SPDX-License-Identifier: MIT
 *
 * Workers, from both sides.
 */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "execute.h"
#include "fd-slots.h"
#include "handler-writes.h"
#include "signal-thread.h"
#include "write-calls.h"

/* All of it, or false at the other end's end. */
static bool all(int fd, void *data, size_t size, ssize_t (*call)(int, void *, size_t))
{
    char *at = data;

    while (size > 0) {
        ssize_t n = call(fd, at, size);

        if (n <= 0 && !(n < 0 && errno == EINTR))
            return false;
        at += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static ssize_t put(int fd, void *data, size_t size)
{
    return fd_slot_write(fd, data, size);
}

static size_t size_of(const struct outcome *outcome)
{
    size_t count = outcome->count + 1; /* and what the last one has begun with */

    if (count > MOST_RECORDS)
        count = MOST_RECORDS;
    return offsetof(struct outcome, records) + count * sizeof outcome->records[0];
}

/* ---- the driver's side -------------------------------------------------------- */

static const char *const settings[] = {
    "EPIPE_KEEP", "EPIPE_ONLY",  "EPIPE_HANDLERS", "EPIPE_CHILDREN",
    "EPIPE_LOG",  "EPIPE_TRACE", "EPIPE_SUMMARY",  "EPIPE_GIVE_UP",
};

static _Noreturn void become(const struct worker *worker, int commands, int results,
                             const char *self, const char *refuse, const char *shim)
{
    char mode[16];
    const char *argv[] = {refuse, worker->refuse, self, "--worker", mode, NULL};
    const char **first = argv + (worker->refuse ? 0 : worker->is_entered ? 1 : 2);
    int pair[2];
    int high[3] = {fcntl(commands, F_DUPFD, FD_FREE), fcntl(results, F_DUPFD, FD_FREE),
                   fcntl(STDERR_FILENO, F_DUPFD, FD_FREE)};

    snprintf(mode, sizeof mode, "%d", (int)worker->mode);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    dup2(high[0], FD_COMMANDS);
    dup2(high[1], FD_RESULTS);
    dup2(high[2], FD_DIAGNOSTICS);
    for (int i = 0; i < 3; i++)
        close(high[i]);
    /* What is standard output at start is kept by the shim: here it is broken. */
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        _exit(90);
    dup2(pair[0], STDOUT_FILENO);
    close(pair[0]);
    close(pair[1]);
    close(STDIN_FILENO);
    open("/dev/null", O_RDONLY);
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    for (int fd = 3; fd < FD_COMMANDS; fd++)
        close(fd);
    for (unsigned i = 0; i < sizeof settings / sizeof *settings; i++)
        unsetenv(settings[i]);
    if (worker->setting != NULL)
        putenv((char *)worker->setting);
    if (worker->under_shim)
        setenv("LD_PRELOAD", shim, 1);
    if (worker->is_entered)
        argv[1] = shim;
    execv(first[0], (char *const *)first);
    _exit(127);
}

bool worker_start(struct worker *worker, const char *self, const char *refuse, const char *shim)
{
    int commands[2], results[2];
    char ready;

    if (pipe2(commands, O_CLOEXEC) != 0 || pipe2(results, O_CLOEXEC) != 0)
        return false;
    worker->pid = fork();
    if (worker->pid == 0)
        become(worker, commands[0], results[1], self, refuse, shim);
    close(commands[0]);
    close(results[1]);
    worker->commands = commands[1];
    worker->results = results[0];
    if (worker->pid > 0 && read(worker->results, &ready, 1) == 1)
        return true;
    worker_end(worker);
    return false;
}

void worker_end(struct worker *worker)
{
    close(worker->commands);
    close(worker->results);
    if (worker->pid > 0)
        waitpid(worker->pid, NULL, 0);
    worker->pid = 0;
}

static _Noreturn void lost(const struct worker *worker)
{
    fprintf(stderr, "model: the worker %s is gone\n", worker->name);
    exit(2);
}

void worker_ask(const struct worker *worker, const struct op *ops, unsigned count)
{
    if (!all(worker->commands, &count, sizeof count, put) ||
        !all(worker->commands, (void *)ops, count * sizeof *ops, put))
        lost(worker);
}

void worker_answer(const struct worker *worker, struct outcome *outcome)
{
    size_t head = offsetof(struct outcome, records);

    if (!all(worker->results, outcome, head, read) ||
        !all(worker->results, outcome->records, size_of(outcome) - head, read))
        lost(worker);
}

/* ---- the worker's ------------------------------------------------------------- */

void worker_run(enum mode mode)
{
    size_t size = sizeof(struct outcome) + MOST_OBJECTS * sizeof(size_t);
    struct outcome *outcome =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    static struct op ops[MOST_OPS];
    unsigned count;
    int pair[2];

    if (outcome == MAP_FAILED || pipe(pair) != 0)
        fd_slot_die("worker");
    dup2(STDOUT_FILENO, FD_START);
    dup2(pair[0], FD_SOURCE_PIPE);
    dup2(pair[1], FD_SOURCE_PIPE_IN);
    fcntl(FD_SOURCE_PIPE, F_SETFL, O_NONBLOCK);
    close(pair[0]);
    close(pair[1]);
    fd_slot_prepare();
    write_calls_prepare();
    handler_writes_prepare();
    signal_thread_outside_start();
    if (fd_slot_write(FD_RESULTS, "", 1) != 1)
        _exit(1);
    while (all(FD_COMMANDS, &count, sizeof count, read) && count <= MOST_OPS &&
           all(FD_COMMANDS, ops, count * sizeof *ops, read)) {
        pid_t pid;

        outcome->count = 0;
        pid = fork();
        if (pid == 0) {
            execute(ops, count, mode, outcome);
            _exit(0);
        }
        if (pid < 0 || waitpid(pid, &outcome->status, 0) != pid)
            fd_slot_die("fork");
        if (!all(FD_RESULTS, outcome, size_of(outcome), put))
            break;
    }
    _exit(0);
}
