/* SPDX-License-Identifier: MIT
 *
 * Unit tests of graft/choose.c: which threads may be stopped by what they do, above all while
 * they are running each time that somebody looks.
 */
#include <sys/syscall.h>
#include <time.h>

#include "graft/choose.h"
#include "graft/proc-status.h"
#include "lib/core/deadline.h"
#include "process.h"

static void compute(int milliseconds)
{
    const int64_t deadline = deadline_in(milliseconds);

    while (!deadline_is_past(deadline)) {
    }
}

static void computes(int fd)
{
    (void)fd;
    for (;;)
        compute(1);
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
        compute(3);
}

/* As a server with much to do: whoever looks finds it running. */
static void computes_and_sleeps(int fd)
{
    (void)fd;
    for (;;) {
        compute(15);
        nanosleep(&(const struct timespec){.tv_nsec = 1}, NULL);
    }
}

/* In small parts, slower than any writer. */
static void reads(int fd)
{
    static char room[1 << 4];

    while (read(fd, room, sizeof room) > 0) {
    }
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
           !deadline_is_past(deadline))
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

static unsigned long long user_time(pid_t pid)
{
    unsigned long long ticks;

    assert_true(proc_read_user_time(pid, pid, &ticks));
    return ticks;
}

/* A machine may stand still between two looks. */
static void two_looks_are_not_enough(void **state)
{
    const int64_t deadline = deadline_in(60 * 1000);
    pid_t pid = start(computes, -1);
    struct choose_watch watch = {0};
    unsigned long long begin;

    (void)state;
    assert_true(choose_look(pid, pid, false, &watch) >= CHOOSE_SHORT);
    begin = user_time(pid);
    while (user_time(pid) < begin + 5 && !deadline_is_past(deadline))
        deadline_pause(1);
    assert_true(choose_look(pid, pid, false, &watch) >= CHOOSE_SHORT);
    end(pid);
}

/* Nor are many while it does not get on. */
static void looks_without_user_time_are_not_enough(void **state)
{
    pid_t pid = start(computes, -1);
    struct choose_watch watch = {0};
    unsigned long long begin = user_time(pid);
    bool may = false;

    (void)state;
    for (int looks = 0; looks < 20 && !may; looks++)
        may = choose_look(pid, pid, false, &watch) < CHOOSE_SHORT;
    assert_true(!may || user_time(pid) >= begin + 2);
    end(pid);
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
    pthread_t other;

    NEED(pthread_create(&other, NULL, sleeps_too, NULL) == 0);
    refuse(SYS_swapoff, EPERM);
    NEED(write(fd, "", 1) == 1);
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
           !deadline_is_past(deadline))
        deadline_pause(1);
    assert_int_not_equal(tid, pid);
    end(pid);
    close(fds[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_computes_or_sleeps_may),
        cmocka_unit_test(two_looks_are_not_enough),
        cmocka_unit_test(looks_without_user_time_are_not_enough),
        cmocka_unit_test(one_that_writes_more_than_fits_may_not),
        cmocka_unit_test(nor_one_that_computes_in_between),
        cmocka_unit_test(one_without_a_filter_is_chosen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
