/* SPDX-License-Identifier: MIT
 *
 * A two-way channel to a child process.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "epipe.h"
#include "fd-passing.h"
#include "lib/with-blocked.h"
#include "lib/with-nocancel.h"
#include "spawn.h"

/* Where the child finds its ends. */
struct fd_layout {
    int receive, send;
    int lowest; /* of what it does not keep */
};

static const struct fd_layout as_stdio = {0, 1, 3};
static const struct fd_layout as_extra = {3, 4, 5};

struct plan {
    const struct fd_layout *layout;
    const int *sockets;
};

/* FD for the program that is to be executed, under NUMBER. */
static int install_fd(int fd, int number)
{
    if (fd == number)
        return fcntl(fd, F_SETFD, 0);
    if (dup2(fd, number) >= 0)
        return 0;
    if (errno == EBADF)
        errno = EMFILE; /* the number is over the limit */
    return -1;
}

/* In the child: makes both pipes, passes the parent's ends to it. */
static int arrange(const void *data)
{
    const struct plan *plan = data;
    int down[2], up[2];

    if (epipe_pipe(down, 0) != 0 || epipe_pipe(up, 0) != 0 ||
        epipe_fd_passing_send(plan->sockets, (int[]){down[1], up[0]}, 2) != 0)
        return -1;
    /* The first does not overwrite the second, which was made last: the kernel gives the
     * lowest numbers first. */
    return install_fd(down[0], plan->layout->receive) || install_fd(up[1], plan->layout->send)
               ? -1
               : 0;
}

static bool is_name(const char *name)
{
    return name != NULL && *name != '\0' && strchr(name, '=') == NULL;
}

static bool is_assigned(const char *entry, const char *name)
{
    size_t length = strlen(name);

    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

/* ENVP, in which both names say numbers.  In one piece, to be freed; NULL with errno
 * ENOMEM. */
static char **add_names(char *const *envp, const char *const names[2], const int numbers[2])
{
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

static int open_through(struct epipe_channel *channel, const struct spawn *spawn,
                        const int *sockets)
{
    pid_t pid = epipe_spawn_start(spawn);
    int ends[2];

    if (pid < 0)
        return -1;
    if (epipe_fd_passing_receive(sockets, ends, 2) != 0) {
        int error = errno;

        /* Its pipes are closed with the pair; it may not look at them. */
        kill(pid, SIGKILL);
        epipe_spawn_wait(pid);
        errno = error;
        return -1;
    }
    channel->pid = pid;
    channel->send = ends[0];
    channel->recv = ends[1];
    return 0;
}

static int open_channel(struct epipe_channel *channel, char *const argv[],
                        char *const envp[], int flags)
{
    bool extra = (flags & EPIPE_CHANNEL_EXTRA) != 0;
    struct plan plan = {.layout = extra ? &as_extra : &as_stdio};
    struct spawn spawn = {argv, envp ? envp : environ, plan.layout->lowest, arrange, &plan};
    const char *names[2] = {"CHILD_RECV", "CHILD_SEND"};
    char **named = NULL;
    int sockets[2], result, saved = errno;

    if (channel == NULL) {
        errno = EINVAL;
        return -1;
    }
    if (flags & EPIPE_CHANNEL_NAMED) {
        names[0] = channel->recv_name;
        names[1] = channel->send_name;
    }
    *channel = (struct epipe_channel){-1, -1, -1, names[0], names[1]}; /* safe to close */
    if (argv == NULL || argv[0] == NULL ||
        (flags & ~(EPIPE_CHANNEL_EXTRA | EPIPE_CHANNEL_NAMED)) != 0 ||
        !is_name(names[0]) || !is_name(names[1]) || strcmp(names[0], names[1]) == 0) {
        errno = EINVAL;
        return -1;
    }
    if (extra) {
        const int numbers[2] = {as_extra.receive, as_extra.send};

        spawn.envp = named = add_names(spawn.envp, names, numbers);
        if (named == NULL)
            return -1;
    }
    result = epipe_fd_passing_open(sockets);
    if (result == 0) {
        plan.sockets = sockets;
        result = open_through(channel, &spawn, sockets);
        epipe_fd_passing_close(sockets);
    }
    if (result == 0)
        errno = saved;
    saved = errno;
    free(named);
    errno = saved;
    return result;
}

API int epipe_channel_open(struct epipe_channel *channel, char *const argv[],
                           char *const envp[], int flags)
{
    int result;

    WITH_CANCEL_DISABLED(result, open_channel(channel, argv, envp, flags));
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
    int saved = errno;
    pid_t pid;

    if (channel == NULL || channel->pid <= 0) {
        errno = EINVAL;
        return -1;
    }
    pid = channel->pid;
    channel->pid = -1;
    close_end(&channel->send);
    close_end(&channel->recv);
    errno = saved;
    return epipe_spawn_wait(pid);
}
