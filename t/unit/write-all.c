/* SPDX-License-Identifier: MIT
 *
 * Whole writes: everything arrives and in its order, after short writes and signals,
 * and from vectors of any shape; and *written says the truth when it does not.
 */
#include <limits.h>
#include <sys/eventfd.h>
#include <sys/time.h>

#include "flow.h"

static atomic_int ticks;

static void tick(int signal)
{
    (void)signal;
    ticks++;
}

/* Signals every millisecond, which interrupt; or no more.  Valgrind does nothing else. */
static void storm(bool on)
{
    int pause = on ? getenv("TEST_WRAPPER") ? 50000 : 1000 : 0;
    struct itimerval timer = {{0, pause}, {0, pause}};
    struct sigaction act = {.sa_handler = tick};

    ticks = 0;
    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* The data in a vector of odd sizes and empty elements.  Returns the count. */
static int split(struct iovec *iov, size_t total, size_t about)
{
    size_t at = 0;
    int n = 0;

    while (at < total) {
        size_t size = n % 3 == 1 ? 0 : about / 2 + (size_t)n * 7919 % about + 1;

        if (size > total - at)
            size = total - at;
        iov[n++] = (struct iovec){size ? (char *)data() + at : NULL, size};
        at += size;
    }
    iov[n++] = (struct iovec){NULL, 0};
    return n;
}

static struct iovec vector[SIZE / 32];

/* ABOUT is the size of the vector's elements; 0: no vector. */
static void arrives(enum kind kind, int flags, int timeout, size_t about, bool under_signals)
{
    int ends[2];
    struct reader reader = {.most = SIZE + 1, .much = 5};
    size_t size = size_for(kind), written = 1;
    int count = about ? split(vector, size, about) : 0;
    int result;

    if (about > 0 && about < 512 && size == SIZE)
        assert_true(count > IOV_MAX);
    open_kind(kind, flags, ends);
    reader.fd = ends[0];
    if (under_signals)
        reader.awaits = &ticks;
    start_reader(&reader);
    if (under_signals)
        storm(true);
    errno = 4242;
    result = count ? epipe_writev_all(ends[1], vector, count, timeout, &written)
                   : epipe_write_all(ends[1], data(), size, timeout, &written);
    assert_true(result == 0 && errno == 4242);
    if (under_signals) {
        assert_true(ticks >= 5);
        storm(false);
    }
    /* A terminal's end takes with it what has not been read, and what lies in its buffers
     * is more than FIONREAD tells. */
    WAIT_FOR(reader.got >= size);
    close(ends[1]);
    pthread_join(reader.thread, NULL);
    assert_int_equal(written, size);
    assert_int_equal(reader.got, size);
    assert_false(reader.is_wrong);
}

static void in_every_manner(bool under_signals)
{
    for (enum kind kind = PIPE; kind < KINDS; kind++)
        for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK)
            for (int timeout = -1; timeout <= BOUND; timeout += BOUND + 1)
                for (size_t about = 0; about <= 30000; about = about * 100 + 300)
                    arrives(kind, flags, timeout, about, under_signals);
}

static void everything_arrives(void **state)
{
    int ends[2];

    (void)state;
    open_kind(PIPE, O_NONBLOCK, ends);
    assert_within(write(ends[1], data(), SIZE), 1, SIZE - 1); /* control: a short write */
    close(ends[0]);
    close(ends[1]);
    in_every_manner(false);
}

static void signals_do_not_interrupt(void **state)
{
    int ends[2];
    ssize_t n;

    (void)state;
    open_kind(PIPE, 0, ends);
    storm(true);
    assert_within(write(ends[1], data(), SIZE), 1, SIZE - 1); /* control */
    n = write(ends[1], data(), SIZE);
    assert_true(n < 0 && errno == EINTR);
    storm(false);
    close(ends[0]);
    close(ends[1]);
    in_every_manner(true);
}

static void a_vector_stays_as_it_is(void **state)
{
    int count = split(vector, SIZE, 1000);
    size_t size = (size_t)count * sizeof *vector;
    struct iovec *fixed =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int ends[2];

    (void)state;
    assert_true(fixed != MAP_FAILED);
    memcpy(fixed, vector, size);
    assert_int_equal(mprotect(fixed, size, PROT_READ), 0);
    for (enum kind kind = PIPE; kind <= UNIX; kind++) {
        for (int timeout = -1; timeout <= BOUND; timeout += BOUND + 1) {
            struct reader reader = {.most = SIZE};

            open_kind(kind, O_NONBLOCK, ends);
            reader.fd = ends[0];
            start_reader(&reader);
            assert_int_equal(epipe_writev_all(ends[1], fixed, count, timeout, NULL), 0);
            pthread_join(reader.thread, NULL);
            assert_int_equal(reader.got, SIZE);
            assert_false(reader.is_wrong);
            close(ends[1]);
        }
    }
    munmap(fixed, size);
}

static void nothing_is_nothing(void **state)
{
    struct iovec empty[3] = {{NULL, 0}, {(void *)"x", 0}, {NULL, 0}};
    int broken_fd = dead_socket();

    (void)state;
    for (int timeout = -1; timeout <= 1; timeout++) {
        for (int fd = -1; fd <= broken_fd; fd += broken_fd + 1) {
            size_t written = 1;

            errno = 4242;
            assert_int_equal(epipe_writev_all(fd, empty, 3, timeout, &written), 0);
            assert_int_equal(epipe_writev_all(fd, NULL, 0, timeout, NULL), 0);
            assert_int_equal(epipe_write_all(fd, NULL, 0, timeout, NULL), 0);
            assert_true(written == 0 && errno == 4242);
        }
    }
    close(broken_fd);
}

/* What must fail, and with WRITTEN bytes gone. */
static void fails(int result, int error, size_t now, size_t written)
{
    assert_int_equal(result, -1);
    assert_int_equal(errno, error);
    assert_int_equal(now, written);
}

static void errors_are_those_of_write(void **state)
{
    char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct iovec half[] = {{(void *)"good", 4}, {page, 4}};
    int ends[2], result;

    (void)state;
    for (int timeout = -1; timeout <= 1000; timeout += 1001) {
        size_t now = 77;

        result = epipe_write_all(-1, "x", 1, timeout, &now);
        fails(result, EBADF, now, 0);
        now = 77;
        result = epipe_writev_all(-1, half, -1, timeout, &now);
        fails(result, EINVAL, now, 0);
        for (enum kind kind = PIPE; kind < TERMINAL && !getenv("TEST_WRAPPER"); kind++) {
            open_kind(kind, 0, ends);
            now = 77;
            result = epipe_write_all(ends[1], page, 4096, timeout, &now);
            fails(result, EFAULT, now, 0);
            result = epipe_writev_all(ends[1], half, 2, timeout, &now);
            assert_true(result == -1 && errno == EFAULT);
            shutdown(ends[1], SHUT_WR);
            WAIT_FOR(lies_in(ends[0]) == (int)now);
            assert_int_equal(lies_in(ends[0]), now);
            close(ends[0]);
            close(ends[1]);
        }
        result = epipe_write_all(ends[1] = dead_socket(), "x", 1, timeout, &now);
        fails(result, EPIPE, now, 0);
        close(ends[1]);
    }
    munmap(page, 4096);
}

/* An eventfd that cannot take the number is ready all the same, if it can take a 1. */
static void what_is_ready_and_refuses_has_a_deadline(void **state)
{
    const uint64_t number = 100;

    (void)state;
    for (int timeout = 0; timeout <= 20; timeout += 20) {
        int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        size_t written = 1;

        assert_int_equal(write(fd, (const uint64_t[]){UINT64_MAX - 10}, 8), 8);
        assert_int_equal(epipe_write_all(fd, &number, 8, timeout, &written), -1);
        assert_int_equal(errno, ETIMEDOUT);
        assert_int_equal(written, 0);
        close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(everything_arrives, at_default),
        cmocka_unit_test_setup(signals_do_not_interrupt, at_default),
        cmocka_unit_test_setup(a_vector_stays_as_it_is, at_default),
        cmocka_unit_test_setup(nothing_is_nothing, at_default),
        cmocka_unit_test_setup(errors_are_those_of_write, at_default),
        cmocka_unit_test_setup(what_is_ready_and_refuses_has_a_deadline, at_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
