/* SPDX-License-Identifier: MIT
 *
 * /proc tells the queues apart; sigpending, which is cheap, whether it is worth asking.
 */
#include "pending.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "object.h"

static uint64_t line_of(const char *text, const char *name)
{
    const char *line = strstr(text, name);

    return line ? strtoull(line + strlen(name), NULL, 16) : 0;
}

struct pending pending_read(void)
{
    char text[4096];
    sigset_t set;
    ssize_t n;
    int fd;

    sigpending(&set);
    if (sigisemptyset(&set))
        return (struct pending){0, 0};
    fd = open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        object_die("/proc/thread-self/status");
    text[n] = '\0';
    return (struct pending){line_of(text, "\nSigPnd:"), line_of(text, "\nShdPnd:")};
}

bool pending_own(int signal) { return pending_read().thread >> (signal - 1) & 1; }

bool pending_in_process(int signal) { return pending_read().process >> (signal - 1) & 1; }
