/* SPDX-License-Identifier: MIT
 *
 * The calls of waits.c.
 */
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "waits.h"

#define IS(name) (strcmp(call, name) == 0)

static const struct timespec some = {.tv_sec = WAITS_SECONDS};

/* A connection with more to send than its other end takes, for which its close waits. */
void waits_make_lingering(void)
{
    struct linger on = {1, 300};

    tcp_pair(w.pair);
    need(setsockopt(w.pair[0], SOL_SOCKET, SO_LINGER, &on, sizeof on) == 0, "SO_LINGER");
    while (send(w.pair[0], w.buffer, sizeof w.buffer, MSG_DONTWAIT) > 0) {
    }
}

#ifdef __x86_64__
/* By i386's number, which is another call's among its own. */
static long write_by_int80(void)
{
    enum { SIZE = 1 << 20 };
    void *low = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    long result = 4;

    __asm__ volatile("int $0x80"
                     : "+a"(result)
                     : "b"(w.pipe[1]), "c"(low), "d"(SIZE)
                     : "memory");
    return result;
}
#endif

static long connect_full(void)
{
    struct sockaddr_un there = {.sun_family = AF_UNIX};

    snprintf(there.sun_path, sizeof there.sun_path, "%s/s", w.directory);
    return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&there, sizeof there);
}

static long with_timeout(const char *call)
{
    struct pollfd p = {.fd = w.pair[0], .events = POLLIN};
    struct timeval time = {.tv_sec = WAITS_SECONDS};
    struct sembuf down = {0, -1, 0};
    struct epoll_event event;
    struct timespec until;
    sigset_t set;

    w.is_timed = true;
    if (IS("poll_to"))
        return poll(&p, 1, WAITS_SECONDS * 1000);
    if (IS("select_to"))
        return select(0, NULL, NULL, NULL, &time);
    if (IS("nanosleep"))
        return nanosleep(&some, NULL);
    if (IS("epoll_to"))
        return epoll_wait(epoll_create1(0), &event, 1, WAITS_SECONDS * 1000);
    if (IS("futex_to"))
        return syscall(SYS_futex_wait, &w.shared->is_there, 0, 1, &some, NULL, 0);
    if (IS("semtimedop"))
        return semtimedop(w.fd, &down, 1, &some);
    if (IS("nanosleep_abs")) {
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += WAITS_SECONDS;
        return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
    if (IS("sigtimedwait")) {
        sigemptyset(&set);
        sigaddset(&set, SIGUSR2);
        return sigtimedwait(&set, NULL, &some);
    }
    w.is_timed = false;
    return WAITS_UNKNOWN;
}

static long without_timeout(const char *call)
{
    struct pollfd p = {.fd = w.pipe[0], .events = POLLIN};
    struct epoll_event event = {.events = EPOLLIN};
    struct flock lock = {.l_type = F_WRLCK};
    struct sembuf down = {0, -1, 0};
    struct {
        long type;
        char text[4];
    } message;
    int epoll, status = 0;
    sigset_t set;
    fd_set fds;

    if (IS("sqpoll")) /* with a thread of the kernel's beside it */
        syscall(SYS_io_uring_setup, 8, &(uint32_t[30]){[2] = 2 /* IORING_SETUP_SQPOLL */});
    if (IS("read") || IS("read_sig") || IS("sqpoll"))
        return read(w.pipe[0], w.buffer, 10);
    if (IS("recv") || IS("recv_to"))
        return recv(w.pair[0], w.buffer, 10, 0);
    if (IS("recv_preadv2"))
        return syscall(SYS_preadv2, w.pair[0], &(struct iovec){w.buffer, 10}, 1L, -1L, -1L, 0);
    if (IS("waitall"))
        return recv(w.pair[0], w.buffer, 8, MSG_WAITALL);
    if (IS("accept") || IS("accept_to"))
        return accept(w.fd, NULL, NULL) >= 0;
    if (IS("connect"))
        return connect_full();
    if (IS("poll"))
        return poll(&p, 1, -1);
    if (IS("ppoll"))
        return ppoll(&p, 1, NULL, NULL);
    if (IS("select")) {
        FD_ZERO(&fds);
        FD_SET(w.pipe[0], &fds);
        return select(w.pipe[0] + 1, &fds, NULL, NULL, NULL);
    }
    if (IS("epoll") || IS("epoll_sig")) {
        epoll = epoll_create1(0);
        epoll_ctl(epoll, EPOLL_CTL_ADD, w.pipe[0], &event);
        return epoll_wait(epoll, &event, 1, -1);
    }
    if (IS("futex"))
        return is_woken() ? 0 : syscall(SYS_futex_wait, &w.shared->woken, 0, 0, NULL, NULL, 0);
    if (IS("semop"))
        return semop(w.fd, &down, 1);
    if (IS("msgrcv"))
        return msgrcv(w.fd, &message, 4, 0, 0);
    if (IS("pause"))
        return pause();
    sigemptyset(&set);
    if (IS("sigsuspend"))
        return sigsuspend(&set);
    if (IS("flock"))
        return flock(open(w.path, O_RDWR), LOCK_EX);
    if (IS("setlkw"))
        return fcntl(w.fd, F_SETLKW, &lock);
    if (IS("wait4"))
        return waitpid(w.other, &status, 0) == w.other ? WEXITSTATUS(status) : -1;
    if (IS("timerfd"))
        return read(w.fd, w.buffer, 8);
    if (IS("inotify") || IS("eventfd"))
        return read(w.fd, w.buffer, 4096) > 0;
    if (IS("fifo"))
        return open(w.path, O_RDONLY) >= 0;
    if (IS("linger")) /* or it has not waited for the other end */
        return close(w.pair[0]) == 0 && atomic_load(&w.shared->is_there) == 2 ? 0 : 1;
    if (IS("pipewrite"))
        return write(w.pipe[1], w.buffer, 1 << 20);
#ifdef __x86_64__
    if (IS("pipewrite80"))
        return write_by_int80();
#endif
    if (IS("sockwrite"))
        return write(w.pair[0], w.buffer, sizeof w.buffer);
    return WAITS_UNKNOWN;
}

long waits_call(const char *call)
{
    long result = waits_code(call);

    if (result == WAITS_UNKNOWN)
        result = with_timeout(call);
    return result == WAITS_UNKNOWN ? without_timeout(call) : result;
}
