/* SPDX-License-Identifier: MIT
 *
 * A thread that is watched until it sleeps in a write, and a pipe for that.
 */
#ifndef PROBE_INTERRUPT_WRITER_H
#define PROBE_INTERRUPT_WRITER_H

#include <pthread.h>

#include "broken-fd.h"

static char much[1 << 20]; /* more than a pipe holds */

static inline void make_full_pipe(int pair[2])
{
    need(pipe2(pair, O_CLOEXEC | O_NONBLOCK) == 0, "pipe");
    while (write(pair[1], much, 4096) > 0)
        ;
    need(fcntl(pair[0], F_SETFL, 0) == 0 && fcntl(pair[1], F_SETFL, 0) == 0, "fcntl");
}

struct watched {
    pthread_t thread;
    pid_t tid;
    int reader;
};

/* Waits until the thread sleeps, in its write. */
static inline void until_it_sleeps(pid_t tid)
{
    char path[64], text[256];

    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    for (int i = 0; i < 20000; i++) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = read(fd, text, sizeof text - 1);

        close(fd);
        text[n > 0 ? n : 0] = '\0';
        if (strstr(text, ") S ") != NULL)
            return;
        poll(NULL, 0, 1);
    }
    need(0, "the thread to sleep");
}

#endif
