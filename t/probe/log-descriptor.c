/* SPDX-License-Identifier: MIT
 *
 * log-descriptor HOW: broken writes, whose log a second thread could get at.
 *
 *   closed       descriptors 0 to 2 are closed, and the other thread writes `intruder` to
 *                each all the time, which has to fail
 *   jump         the other thread sends a signal when it sees another descriptor open, and
 *                the handler jumps out of whatever it interrupted; in the end no descriptor
 *                is left open
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "broken-fd.h"

enum { NEXT_FREE = 3, CLOSED = 40, JUMPS = 3, SECONDS = 20 };

static atomic_bool ended;
static atomic_int seen;

static void broken_write(int fd)
{
    errno = 0;
    need(write(fd, "x", 1) == -1 && errno == EPIPE, "a write that says EPIPE");
}

static int broken_fd_past(int lowest)
{
    int fd = broken_fd("unix");
    int past = fcntl(fd, F_DUPFD_CLOEXEC, lowest);

    need(past >= 0 && close(fd) == 0, "dup");
    return past;
}

/* --- closed */

static void *intrude(void *argument)
{
    while (!atomic_load(&ended))
        for (int fd = 0; fd <= 2; fd++)
            if (write(fd, "intruder\n", 9) != -1 || errno != EBADF)
                atomic_fetch_add(&seen, 1);
    return argument;
}

static int with_streams_closed(void)
{
    int fd = broken_fd_past(100);
    int report = fcntl(1, F_DUPFD_CLOEXEC, 100);
    pthread_t thread;

    for (int i = 0; i <= 2; i++)
        close(i);
    need(pthread_create(&thread, NULL, intrude, NULL) == 0, "thread");
    for (int i = 0; i < CLOSED; i++)
        broken_write(fd);
    atomic_store(&ended, true);
    pthread_join(thread, NULL);
    return dprintf(report, "closed: %d\n", atomic_load(&seen)) < 0;
}

/* --- jump */

static sigjmp_buf out;
static atomic_bool may_jump;
static pthread_t writer;

static void jump(int signal)
{
    if (atomic_load(&may_jump))
        siglongjmp(out, signal);
}

static void *interrupt(void *argument)
{
    while (!atomic_load(&ended)) {
        if (fcntl(NEXT_FREE, F_GETFD) == -1)
            continue;
        atomic_fetch_add(&seen, 1);
        pthread_kill(writer, SIGUSR1);
        while (!atomic_load(&ended) && fcntl(NEXT_FREE, F_GETFD) != -1)
            continue;
    }
    return argument;
}

static bool is_one_open(void)
{
    for (int fd = NEXT_FREE; fd < 100; fd++)
        if (fcntl(fd, F_GETFD) != -1)
            return true;
    return false;
}

static int with_jumps(void)
{
    struct sigaction act = {.sa_handler = jump};
    time_t end = time(NULL) + SECONDS;
    int fd = broken_fd_past(100);
    pthread_t thread;

    for (int i = NEXT_FREE; i < 100; i++)
        close(i);
    writer = pthread_self();
    need(sigaction(SIGUSR1, &act, NULL) == 0, "sigaction");
    need(pthread_create(&thread, NULL, interrupt, NULL) == 0, "thread");
    while (atomic_load(&seen) < JUMPS && !is_one_open() && time(NULL) < end) {
        if (sigsetjmp(out, 1) == 0) {
            atomic_store(&may_jump, true);
            broken_write(fd);
        }
        atomic_store(&may_jump, false);
    }
    atomic_store(&ended, true);
    pthread_join(thread, NULL);
    printf("jump: %s after %s\n", is_one_open() ? "one is left open" : "none",
           atomic_load(&seen) > 0 ? "some" : "none");
    return 0;
}

int main(int argc, char **argv)
{
    need(argc == 2, "usage");
    return strcmp(argv[1], "closed") == 0 ? with_streams_closed() : with_jumps();
}
