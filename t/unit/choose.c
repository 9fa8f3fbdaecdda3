/* SPDX-License-Identifier: MIT
 *
 * Unit tests of graft/choose.c: which threads may be stopped by what they do, above all while
 * they are running each time that somebody looks.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "graft/choose.h"
#include "lib/core/deadline.h"

enum { MILLISECOND = 1000000 };

static void compute(int64_t how_long)
{
    int64_t end = deadline_clock() + how_long;

    while (deadline_clock() < end) {
    }
}

static void computes(int fd)
{
    (void)fd;
    for (;;)
        compute(MILLISECOND);
}

static void sleeps(int fd)
{
    (void)fd;
    for (;;)
        pause();
}

static void writes(int fd)
{
    static const char block[1 << 20];

    while (write(fd, block, sizeof block) > 0) {
    }
}

static void *sleeps_too(void *unused)
{
    sleeps(-1);
    return unused;
}

/* Each write waits for its reader. */
static void computes_and_writes(int fd)
{
    static const char block[1 << 17];

    while (write(fd, block, sizeof block) > 0)
        compute(3 * MILLISECOND);
}

/* As a server with much to do: whoever looks finds it running. */
static void computes_and_sleeps(int fd)
{
    (void)fd;
    for (;;) {
        compute(15 * MILLISECOND);
        nanosleep(&(const struct timespec){.tv_nsec = 1}, NULL);
    }
}

/* Slower than any writer. */
static void reads(int fd)
{
    static char room[1 << 12];

    while (read(fd, room, sizeof room) > 0)
        nanosleep(&(const struct timespec){.tv_nsec = MILLISECOND / 10}, NULL);
}

static pid_t start(void (*work)(int fd), int fd)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        work(fd);
        _exit(0);
    }
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Looks for so long; returns whether it might be stopped in one of the looks. */
static bool may_stop(pid_t pid, int seconds)
{
    int64_t deadline = deadline_in(seconds * 1000);
    struct choose_watch watch = {0};
    bool may;

    while (!(may = choose_look(pid, pid, false, &watch) < CHOOSE_SHORT) &&
           deadline_clock() < deadline)
        deadline_pause(1);
    return may;
}

static void check_other(void (*work)(int fd))
{
    pid_t pid = start(work, -1);

    assert_true(may_stop(pid, 60));
    end(pid);
}

static void one_that_computes_or_sleeps_may(void **state)
{
    (void)state;
    check_other(computes);
    check_other(sleeps);
    check_other(computes_and_sleeps);
}

static void check_writer(void (*work)(int fd))
{
    int fds[2];
    pid_t writer, reader;
    char byte;

    assert_int_equal(pipe(fds), 0);
    writer = start(work, fds[1]);
    close(fds[1]);
    assert_int_equal(read(fds[0], &byte, 1), 1); /* it has begun */
    reader = start(reads, fds[0]);
    assert_false(may_stop(writer, 1));
    end(writer);
    end(reader);
    close(fds[0]);
}

static void one_that_writes_more_than_fits_may_not(void **state)
{
    (void)state;
    check_writer(writes);
}

static void nor_one_that_computes_in_between(void **state)
{
    (void)state;
    check_writer(computes_and_writes);
}

/* The filter of its first thread alone, which waits for what its pipe brings. */
static void filters_one(int fd)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog filter = {1, &allow};
    pthread_t other;

    if (pthread_create(&other, NULL, sleeps_too, NULL) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0 || write(fd, "", 1) != 1)
        _exit(1);
    sleeps(fd);
}

static void one_without_a_filter_is_chosen(void **state)
{
    const int64_t deadline = deadline_in(60 * 1000);
    int fds[2];
    pid_t pid, tid = 0;
    char byte;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    pid = start(filters_one, fds[1]);
    close(fds[1]);
    assert_int_equal(read(fds[0], &byte, 1), 1);
    while (choose_thread(pid, false, deadline, &tid) >= CHOOSE_FILTERED &&
           deadline_clock() < deadline) {
    }
    assert_int_not_equal(tid, pid);
    end(pid);
    close(fds[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_computes_or_sleeps_may),
        cmocka_unit_test(one_that_writes_more_than_fits_may_not),
        cmocka_unit_test(nor_one_that_computes_in_between),
        cmocka_unit_test(one_without_a_filter_is_chosen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
