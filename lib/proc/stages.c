/* SPDX-License-Identifier: MIT
 *
 * Each program makes the pipe that it writes to and passes the other end on: to the next
 * one, or to the parent.
 */
#include "stages.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "epipe.h"
#include "fd-passing.h"
#include "lib/core/deadline.h"
#include "spawn.h"

const struct fd_layout epipe_stages_stdio = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO + 1};

struct stage {
    const struct stages *all;
    bool is_first, is_last;
    pid_t group; /* its leader, or 0 for the leader itself */
    const int *sockets;
};

bool epipe_stages_are_runnable(const struct stages *stages)
{
    for (size_t i = 0; stages->argvs != NULL && i < stages->count; i++)
        if (stages->argvs[i] == NULL || stages->argvs[i][0] == NULL)
            return false;
    return stages->argvs != NULL && stages->count > 0;
}

/* FD for the program that is to be executed, under NUMBER. */
static int install_fd(int fd, int number)
{
    if (fd == number)
        return fcntl(fd, F_SETFD, 0);
    if (dup2(fd, number) >= 0)
        return 0;
    if (errno == EBADF) /* LCOV_EXCL_START: t/unit/halfway.c; the counters have no descriptor */
        errno = EMFILE; /* the number is over the limit */
    return -1;
} /* LCOV_EXCL_STOP */

static int arrange_stderr(const struct stages *all)
{
    int fd = all->layout->send;

    if (all->flags & EPIPE_CHANNEL_STDERR_NULL)
        fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    else if (!(all->flags & EPIPE_CHANNEL_STDERR_PIPE))
        return 0;
    return fd < 0 ? -1 : install_fd(fd, STDERR_FILENO);
}

/* In the child. */
static int arrange(const void *data)
{
    const struct stage *stage = data;
    const struct stages *all = stage->all;
    bool has_input = !stage->is_first || all->has_ends;
    bool has_output = !stage->is_last || all->has_ends;
    int in[2], out[2];

    if (all->directory != NULL && chdir(all->directory) != 0)
        return -1;
    if (all->flags & EPIPE_CHANNEL_GROUP && setpgid(0, stage->group) != 0)
        return -1;
    if (!stage->is_first && epipe_fd_passing_receive(stage->sockets, &in[0], 1) != 0)
        return -1;
    if (stage->is_first && has_input &&
        (epipe_pipe(in, 0) != 0 || epipe_fd_passing_send(stage->sockets, &in[1], 1) != 0))
        return -1;
    if (has_output &&
        (epipe_pipe(out, 0) != 0 || epipe_fd_passing_send(stage->sockets, &out[0], 1) != 0))
        return -1;
    /* The first does not overwrite the second, which was made last: the kernel gives the
     * lowest numbers first. */
    if (has_input && install_fd(in[0], all->layout->receive) != 0)
        return -1;
    if (has_output && install_fd(out[1], all->layout->send) != 0)
        return -1;
    return arrange_stderr(all);
}

/* Starts stage number I, and takes the ends that it passes to its parent. */
static int start(const struct stages *stages, size_t i, int *pids, const int *sockets,
                 int ends[2])
{
    struct stage stage = {stages, i == 0, i + 1 == stages->count, i > 0 ? pids[0] : 0, sockets};
    struct spawn spawn = {stages->argvs[i], stages->envp, stages->layout->lowest, arrange,
                          &stage};

    pids[i] = epipe_spawn_start(&spawn);
    if (pids[i] < 0)
        return -1;
    if (stages->has_ends && stage.is_first &&
        epipe_fd_passing_receive(sockets, &ends[0], 1) != 0)
        return -1;
    return stages->has_ends && stage.is_last ? epipe_fd_passing_receive(sockets, &ends[1], 1)
                                             : 0;
}

int epipe_stages_start(const struct stages *stages, int *pids, int ends[2])
{
    int sockets[2], own[2] = {-1, -1}, saved = errno, result = 0;

    for (size_t i = 0; i < stages->count; i++)
        pids[i] = -1;
    if (epipe_fd_passing_open(sockets) != 0)
        return -1;
    for (size_t i = 0; i < stages->count && result == 0; i++)
        result = start(stages, i, pids, sockets, own);
    if (result != 0) {
        saved = errno;
        for (size_t i = 0; i < stages->count && pids[i] > 0; i++)
            kill(pids[i], SIGKILL);
        if (own[0] >= 0)
            close(own[0]);
    }
    /* Their pipes are closed with the pair. */
    epipe_fd_passing_close(sockets);
    if (result != 0)
        epipe_stages_wait(pids, stages->count, 0, false);
    else if (stages->has_ends)
        ends[0] = own[0], ends[1] = own[1];
    errno = saved;
    return result;
}

/* Waits for them from the last to the first, for TIMEOUT milliseconds or without a bound.
 * Returns how many are left, of which the first is one. */
static size_t wait_for(int *pids, size_t left, int timeout)
{
    const int64_t end = deadline_in(timeout);

    for (; left > 0; left--) {
        int *pid = &pids[left - 1];

        if (*pid < 0)
            continue;
        if (timeout > 0 && !epipe_spawn_ends_by(*pid, end))
            break;
        *pid = epipe_spawn_wait(*pid);
    }
    return left;
}

/* While the first one has not been waited for, its number is nobody else's, nor that of
 * another group. */
static void send_signal(const int *pids, size_t left, int signal, bool is_group)
{
    if (is_group && pids[0] > 0)
        kill(-pids[0], signal);
    for (size_t i = 0; i < left; i++)
        if (pids[i] > 0 && (!is_group || signal == SIGKILL)) /* one may have left it */
            kill(pids[i], signal);
}

int epipe_stages_wait(int *pids, size_t count, int timeout, bool is_group)
{
    int saved = errno;
    size_t left = wait_for(pids, count, timeout);

    if (left > 0) {
        send_signal(pids, left, SIGTERM, is_group);
        left = wait_for(pids, left, timeout);
    }
    if (left > 0) {
        send_signal(pids, left, SIGKILL, is_group);
        wait_for(pids, left, 0);
    }
    errno = saved;
    for (size_t i = 0; i < count; i++)
        if (pids[i] < 0) {
            errno = ECHILD;
            return -1;
        }
    return 0;
}
