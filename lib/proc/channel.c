/* SPDX-License-Identifier: MIT
 *
 * channel.c opens and closes two-way channels: to a child, or to the first and from the
 * last of several.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "epipe.h"
#include "lib/api.h"
#include "lib/with-nocancel.h"
#include "pipe.h"
#include "stages.h"

static const struct fd_layout as_extra = {3, 4, 5};

static bool is_name(const char *name)
{
    return name != NULL && *name != '\0' && strchr(name, '=') == NULL;
}

static bool is_assigned(const char *entry, const char *name)
{
    size_t length = strlen(name);

    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

/* ENVP, in which both names say the extra numbers.  In one piece, to be freed; NULL with
 * errno ENOMEM. */
static char **add_names(char *const *envp, const char *recv_name, const char *send_name)
{
    const char *const names[2] = {recv_name, send_name};
    const int numbers[2] = {as_extra.receive, as_extra.send};
    size_t count = 0, used = 0, size[2];
    char **result, *text;

    while (envp[count] != NULL)
        count++;
    for (int i = 0; i < 2; i++)
        size[i] = strlen(names[i]) + sizeof "=0";
    result = malloc((count + 3) * sizeof *result + size[0] + size[1]);
    if (result == NULL)
        return NULL;
    text = (char *)(result + count + 3);
    for (size_t i = 0; i < count; i++)
        if (!is_assigned(envp[i], names[0]) && !is_assigned(envp[i], names[1]))
            result[used++] = envp[i];
    for (int i = 0; i < 2; i++) {
        snprintf(text, size[i], "%s=%d", names[i], numbers[i]);
        result[used++] = text;
        text += size[i];
    }
    result[used] = NULL;
    return result;
}

/* OPTIONS are what was GIVEN, with the defaults.  Returns 0 or an error number. */
static int read_options(struct epipe_channel_options *options,
                        const struct epipe_channel_options *given, size_t count)
{
    const int known = EPIPE_CHANNEL_EXTRA | EPIPE_CHANNEL_STDERR_NULL |
                      EPIPE_CHANNEL_STDERR_PIPE | EPIPE_CHANNEL_GROUP | EPIPE_CHANNEL_PIDFD;
    const int both = EPIPE_CHANNEL_STDERR_NULL | EPIPE_CHANNEL_STDERR_PIPE;
    bool is_extra, has_names;

    *options = (struct epipe_channel_options){0};
    if (given != NULL) {
        if (given->size != sizeof *given)
            return given->size > sizeof *given ? E2BIG : EINVAL;
        *options = *given;
    }
    is_extra = (options->flags & EPIPE_CHANNEL_EXTRA) != 0;
    has_names = options->recv_name != NULL || options->send_name != NULL;
    if (options->recv_name == NULL)
        options->recv_name = "CHILD_RECV";
    if (options->send_name == NULL)
        options->send_name = "CHILD_SEND";
    if (options->envp == NULL)
        options->envp = environ;
    return (options->flags & ~known) == 0 && (options->flags & both) != both &&
                   options->close_timeout >= 0 && (is_extra ? count == 1 : !has_names) &&
                   is_name(options->recv_name) && is_name(options->send_name) &&
                   strcmp(options->recv_name, options->send_name) != 0
               ? 0
               : EINVAL;
}

static int open_pidfd(pid_t pid)
{
#ifdef SYS_pidfd_open
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);

    if (fd >= 0 && epipe_pipe_move_up(&fd, 1) == 0)
        return fd;
#endif
    return -1;
}

static int open_named(struct epipe_channel *channel, struct stages *stages, int *pids,
                      const struct epipe_channel_options *options)
{
    int ends[2], saved = errno;

    if (epipe_stages_start(stages, pids, ends) != 0)
        return -1;
    channel->pid = pids[stages->count - 1];
    channel->send = ends[0];
    channel->recv = ends[1];
    if (options->flags & EPIPE_CHANNEL_PIDFD)
        channel->pidfd = open_pidfd(channel->pid);
    channel->own.count = stages->count;
    channel->own.close_timeout = options->close_timeout;
    channel->own.is_group = (options->flags & EPIPE_CHANNEL_GROUP) != 0;
    errno = saved;
    return 0;
}

/* RESULTS is NULL for a channel to a single child. */
static int open_channel(struct epipe_channel *channel, char *const *const *argvs,
                        size_t count, int *results, const struct epipe_channel_options *given)
{
    struct epipe_channel_options options;
    struct stages stages = {.argvs = argvs, .count = count, .has_ends = true};
    char **named = NULL;
    int result, error, pid;

    if (channel == NULL) {
        errno = EINVAL;
        return -1;
    }
    *channel = (struct epipe_channel){.pid = -1, .send = -1, .recv = -1, .pidfd = -1};
    error = read_options(&options, given, count);
    if (error == 0 && !epipe_stages_are_runnable(&stages))
        error = EINVAL;
    if (error != 0) {
        errno = error;
        return -1;
    }
    stages.layout = &epipe_stages_stdio;
    stages.envp = options.envp;
    stages.directory = options.directory;
    stages.flags = options.flags;
    if (options.flags & EPIPE_CHANNEL_EXTRA) {
        stages.layout = &as_extra;
        named = add_names(options.envp, options.recv_name, options.send_name);
        if (named == NULL)
            return -1;
        stages.envp = named;
    }
    channel->own.results = results;
    result = open_named(channel, &stages, results != NULL ? results : &pid, &options);
    error = errno;
    free(named);
    errno = error;
    return result;
}

API int epipe_channel_open(struct epipe_channel *channel, char *const argv[],
                           const struct epipe_channel_options *options)
{
    int result;

    WITH_CANCEL_DISABLED(result, open_channel(channel, &argv, 1, NULL, options));
    return result;
}

API int epipe_pipeline_open(char *const *const *stages, size_t count, int *results,
                            struct epipe_channel *channel,
                            const struct epipe_channel_options *options)
{
    int result;

    if (results == NULL)
        stages = NULL; /* EINVAL, as for no stages, and the channel is safe to close */
    WITH_CANCEL_DISABLED(result, open_channel(channel, stages, count, results, options));
    return result;
}

static void close_end(int *fd)
{
    int unneeded;

    if (*fd < 0)
        return;
    WITH_CANCEL_DISABLED(unneeded, close(*fd));
    (void)unneeded;
    *fd = -1;
}

API int epipe_channel_end(struct epipe_channel *channel)
{
    int saved = errno;

    if (channel == NULL || channel->send < 0) {
        errno = EINVAL;
        return -1;
    }
    close_end(&channel->send);
    errno = saved;
    return 0;
}

API int epipe_channel_close(struct epipe_channel *channel)
{
    int saved = errno, single, unneeded, *results;

    if (channel == NULL || channel->pid <= 0) {
        errno = EINVAL;
        return -1;
    }
    single = channel->pid;
    results = channel->own.results != NULL ? channel->own.results : &single;
    channel->pid = -1;
    close_end(&channel->send);
    close_end(&channel->recv);
    errno = saved;
    WITH_CANCEL_DISABLED(unneeded, epipe_stages_wait(results, channel->own.count,
                                                     channel->own.close_timeout,
                                                     channel->own.is_group));
    (void)unneeded;
    close_end(&channel->pidfd);
    single = results[channel->own.count - 1];
    errno = single < 0 ? ECHILD : saved;
    return single;
}
