/* SPDX-License-Identifier: MIT
 *
 * Pipelines, connected as a shell connects them.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "epipe.h"
#include "fd-passing.h"
#include "lib/with-blocked.h"
#include "lib/with-nocancel.h"
#include "spawn.h"

struct stage {
    bool is_first, is_last;
    const int *sockets; /* by which a stage passes the next one what to read from */
};

/* In the child. */
static int arrange(const void *data)
{
    const struct stage *stage = data;
    int from = STDIN_FILENO;
    int next[2] = {-1, STDOUT_FILENO};

    if (!stage->is_first && epipe_fd_passing_receive(stage->sockets, &from, 1) != 0)
        return -1;
    if (!stage->is_last && (epipe_pipe(next, 0) != 0 ||
                            epipe_fd_passing_send(stage->sockets, &next[0], 1) != 0))
        return -1;
    if (!stage->is_first && dup2(from, STDIN_FILENO) < 0)
        return -1;
    return !stage->is_last && dup2(next[1], STDOUT_FILENO) < 0 ? -1 : 0;
}

/* Waits for those that run, whose process IDs are turned into wait statuses.  Returns
 * 0, or -1 with errno. */
static int wait_for_all(int *results, size_t count)
{
    int outcome = 0;

    for (size_t i = 0; i < count; i++) {
        if (results[i] < 0)
            continue;
        results[i] = epipe_spawn_wait(results[i]);
        if (results[i] < 0)
            outcome = -1;
    }
    return outcome;
}

static bool are_runnable(char *const *const *stages, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (stages[i] == NULL || stages[i][0] == NULL)
            return false;
    return true;
}

static int run(char *const *const *stages, size_t count, int *results)
{
    int saved = errno;
    bool failed = false;
    int sockets[2];

    if (stages == NULL || count == 0 || results == NULL || !are_runnable(stages, count)) {
        errno = EINVAL;
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        results[i] = -1;
    if (epipe_fd_passing_open(sockets) != 0)
        return -1;
    for (size_t i = 0; i < count && !failed; i++) {
        struct stage stage = {i == 0, i + 1 == count, sockets};
        struct spawn spawn = {stages[i], environ, STDERR_FILENO + 1, arrange, &stage};

        results[i] = epipe_spawn_start(&spawn);
        failed = results[i] < 0;
    }
    if (failed) {
        saved = errno;
        for (size_t i = 0; i < count && results[i] > 0; i++)
            kill(results[i], SIGKILL);
    }
    epipe_fd_passing_close(sockets);
    if (wait_for_all(results, count) != 0 && !failed)
        return -1;
    errno = saved;
    return failed ? -1 : 0;
}

API int epipe_pipeline_run(char *const *const *stages, size_t count, int *results)
{
    int result;

    WITH_CANCEL_DISABLED(result, run(stages, count, results));
    return result;
}
