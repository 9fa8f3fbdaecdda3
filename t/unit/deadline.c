/* SPDX-License-Identifier: MIT
 *
 * Whole writes that cannot be whole: deadlines, messages and readers that leave, with the
 * bytes that have gone out counted at the other end.
 */
#include "flow.h"

static void a_deadline_is_kept(void **state)
{
    const int timeouts[] = {50, 0};
    struct iovec two[] = {{(char *)data(), 1000}, {(char *)data() + 1000, SIZE - 1000}};

    (void)state;
    for (enum kind kind = PIPE; kind < KINDS; kind++) {
        for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
            for (int i = 0; i < 4; i++) {
                int64_t start = nanoseconds();
                int ends[2], result;
                size_t written = SIZE;

                open_kind(kind, flags, ends);
                result = i < 2
                             ? epipe_write_all(ends[1], data(), SIZE, timeouts[i], &written)
                             : epipe_writev_all(ends[1], two, 2, timeouts[i % 2], &written);
                assert_int_equal(result, -1);
                assert_int_equal(errno, ETIMEDOUT);
                assert_true(nanoseconds() - start >= timeouts[i % 2] * INT64_C(1000000));
                /* A busy machine may give the time for no more than a byte. */
                assert_within(written, timeouts[i % 2] == 0 ? 1000 : 1, SIZE - 1);
                is_what_went_out(ends, kind, written);
            }
        }
    }
}

/* At every fill of a pipe or terminal that a reader may have left it at. */
static void a_partly_full_one_is_no_trap(void **state)
{
    (void)state;
    for (enum kind kind = PIPE; kind < KINDS; kind++) {
        for (int taken = 1; taken < 10000; taken = taken * 3 + 1) {
            char text[10000];
            int ends[2];
            size_t written, more;

            open_kind(kind, 0, ends);
            assert_int_equal(epipe_write_all(ends[1], data(), SIZE, 0, &written), -1);
            for (int at = 0, n; at < taken; at += n) {
                n = (int)read(ends[0], text, (size_t)(taken - at));
                assert_true(n > 0);
            }
            assert_int_equal(epipe_write_all(ends[1], data(), SIZE, 10, &more), -1);
            assert_int_equal(errno, ETIMEDOUT);
            assert_true(more <= written);
            close(ends[0]);
            close(ends[1]);
        }
    }
}

static void what_fits_needs_no_time(void **state)
{
    (void)state;
    for (enum kind kind = PIPE; kind < KINDS; kind++) {
        int ends[2];
        size_t written = 0;

        open_kind(kind, 0, ends);
        errno = 4242;
        assert_int_equal(epipe_write_all(ends[1], data(), 1000, 0, &written), 0);
        assert_int_equal(errno, 4242);
        assert_int_equal(written, 1000);
        is_what_went_out(ends, kind, 1000);
    }
}

/* Nothing would ever make it ready. */
static void an_end_for_reading_is_told_at_once(void **state)
{
    (void)state;
    for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
        size_t written = 1;
        int ends[2];

        assert_int_equal(pipe2(ends, flags | O_CLOEXEC), 0);
        assert_int_equal(epipe_write_all(ends[0], "x", 1, BOUND, &written), -1);
        assert_int_equal(errno, EBADF);
        assert_int_equal(written, 0);
        close(ends[0]);
        close(ends[1]);
    }
}

static void files_have_no_deadline(void **state)
{
    int fd = memfd_create("file", MFD_CLOEXEC), null = open("/dev/null", O_WRONLY);
    struct iovec two[] = {{(char *)data(), 1000}, {(char *)data() + 1000, SIZE - 1000}};
    size_t written = 0;

    (void)state;
    assert_int_equal(epipe_writev_all(fd, two, 2, 0, &written), 0);
    assert_int_equal(written, SIZE);
    assert_int_equal(lseek(fd, 0, SEEK_END), SIZE);
    assert_int_equal(epipe_writev_all(null, two, 2, 0, NULL), 0);
    close(fd);
    close(null);
}

/* Something that takes all there is for longer than there is time. */
static void a_reader_that_keeps_pace_does_not_stretch_it(void **state)
{
    enum { COUNT = 1 << 18 };
    struct iovec *many = calloc(COUNT, sizeof *many);
    int null = open("/dev/null", O_WRONLY);
    size_t written = 0;

    (void)state;
    assert_non_null(many);
    for (int i = 0; i < COUNT; i++)
        many[i] = (struct iovec){(char *)data(), 65536};
    assert_int_equal(epipe_writev_all(null, many, COUNT, 20, &written), -1);
    assert_int_equal(errno, ETIMEDOUT);
    assert_within(written, 1, (size_t)COUNT * 65536 - 1);
    free(many);
    close(null);
}

/* A message is one, whatever its vector; and what has no room is not sent in part. */
static void messages_are_whole(void **state)
{
    const int types[] = {SOCK_SEQPACKET, SOCK_DGRAM};
    struct iovec three[] = {{(char *)data(), 100}, {NULL, 0}, {(char *)data() + 100, 5000}};

    (void)state;
    for (int i = 0; i < 8; i++) {
        int timeout = i & 2 ? 30 : -1, pair[2], sent = 0;
        char text[8192];
        size_t written;

        assert_int_equal(
            socketpair(AF_UNIX, types[i & 1] | (i & 4 ? SOCK_NONBLOCK : 0) | SOCK_CLOEXEC,
                       0, pair),
            0);
        assert_int_equal(epipe_writev_all(pair[1], three, 3, timeout, &written), 0);
        assert_int_equal(written, 5100);
        assert_int_equal(read(pair[0], text, sizeof text), 5100);
        assert_memory_equal(text, data(), 5100);
        for (int result = 0; timeout >= 0 && result == 0; sent += result == 0) {
            result = epipe_writev_all(pair[1], three, 3, timeout, &written);
            assert_true(result == 0 || (errno == ETIMEDOUT && written == 0));
        }
        while (sent-- > 0)
            assert_int_equal(read(pair[0], text, sizeof text), 5100);
        assert_int_equal(recv(pair[0], text, sizeof text, MSG_DONTWAIT), -1);
        close(pair[0]);
        close(pair[1]);
    }
}

/* SIGPIPE is at its default here, so a signal would be the end. */
static void a_reader_takes_a_part_and_leaves(void **state)
{
    (void)state;
    for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
        for (int timeout = -1; timeout <= BOUND; timeout += BOUND + 1) {
            struct reader reader = {.most = 65536};
            int ends[2];
            size_t room, written = 1;

            open_kind(PIPE, flags, ends);
            room = (size_t)fcntl(ends[1], F_GETPIPE_SZ);
            reader.fd = ends[0];
            start_reader(&reader);
            assert_int_equal(epipe_write_all(ends[1], data(), SIZE, timeout, &written), -1);
            assert_int_equal(errno, EPIPE);
            pthread_join(reader.thread, NULL);
            assert_int_equal(reader.got, 65536);
            assert_int_equal(written, 65536 + room);
            close(ends[1]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_deadline_is_kept, at_default),
        cmocka_unit_test_setup(a_partly_full_one_is_no_trap, at_default),
        cmocka_unit_test_setup(what_fits_needs_no_time, at_default),
        cmocka_unit_test_setup(an_end_for_reading_is_told_at_once, at_default),
        cmocka_unit_test_setup(files_have_no_deadline, at_default),
        cmocka_unit_test_setup(a_reader_that_keeps_pace_does_not_stretch_it, at_default),
        cmocka_unit_test_setup(messages_are_whole, at_default),
        cmocka_unit_test_setup(a_reader_takes_a_part_and_leaves, at_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
