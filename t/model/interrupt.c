/* SPDX-License-Identifier: MIT
 *
 * A write that is interrupted.  Whether the signal finds it waiting is seen in /proc; where
 * it came too early the result is the same, and nothing is tried.
 */
#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "disposition.h"
#include "fd-slots.h"
#include "pending.h"

enum { PATIENCE = 200 };

static pid_t watched;
static bool is_wanted; /* SIGUSR1 is not blocked there */

void interrupt_prepare(unsigned slot)
{
    static const char page[4096];
    int fd = fd_slot_fd(slot), flags = fcntl(fd, F_GETFL);
    sigset_t mask;

    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    while (fd_slot_write(fd, page, sizeof page) > 0) {
    }
    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    is_wanted = !sigismember(&mask, SIGUSR1);
    watched = (pid_t)syscall(SYS_gettid);
}

static bool is_asleep(void)
{
    char path[64], text[256];
    const char *state;
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)watched);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        fd_slot_die(path);
    text[n] = '\0';
    state = strrchr(text, ')');
    return state != NULL && state[2] == 'S';
}

static void wait_until_asleep(void)
{
    for (int tries = 0; tries < PATIENCE && !is_asleep(); tries++)
        sched_yield();
}

void interrupt_from_thread(void)
{
    unsigned before = disposition_handled();

    wait_until_asleep();
    if (!is_wanted)
        return;
    syscall(SYS_tgkill, getpid(), watched, SIGUSR1);
    while (disposition_handled() == before)
        sched_yield();
    wait_until_asleep();
}

void interrupt_here(void)
{
    if (is_wanted)
        syscall(SYS_tgkill, getpid(), watched, SIGUSR1);
}
