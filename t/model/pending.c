/* SPDX-License-Identifier: MIT
 *
 * /proc tells the queues apart; sigpending, which is cheap, whether it is worth asking.
 */
#include "pending.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fd-slots.h"

enum { STATUS = 4096 };

static uint64_t line_of(const char *text, const char *name)
{
    const char *line = strstr(text, name);

    return line ? strtoull(line + strlen(name), NULL, 16) : 0;
}

static void read_status(const char *path, char text[static STATUS])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, STATUS - 1);

    close(fd);
    if (n <= 0)
        fd_slot_die(path);
    text[n] = '\0';
}

struct pending pending_read(void)
{
    char text[STATUS];
    sigset_t set;

    sigpending(&set);
    if (sigisemptyset(&set))
        return (struct pending){0, 0};
    read_status("/proc/thread-self/status", text);
    return (struct pending){line_of(text, "\nSigPnd:"), line_of(text, "\nShdPnd:")};
}

bool pending_is_blocked(pid_t thread, int signal)
{
    char text[STATUS], path[64];

    snprintf(path, sizeof path, "/proc/self/task/%d/status", (int)thread);
    read_status(path, text);
    return line_of(text, "\nSigBlk:") >> (signal - 1) & 1;
}

bool pending_own(int signal) { return pending_read().thread >> (signal - 1) & 1; }

bool pending_in_process(int signal) { return pending_read().process >> (signal - 1) & 1; }

bool pending_is_held(void)
{
    sigset_t mask;

    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    return sigismember(&mask, SIGPIPE);
}
