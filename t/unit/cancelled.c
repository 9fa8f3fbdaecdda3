/* SPDX-License-Identifier: MIT
 *
 * Whole writes whose thread is cancelled: the bytes that have gone out have been counted.
 */
#include "flow.h"

struct cancelled {
    int fd, timeout;
    size_t written;
};

static void *write_for_ever(void *argument)
{
    struct cancelled *cancelled = argument;

    epipe_write_all(cancelled->fd, data(), SIZE, cancelled->timeout, &cancelled->written);
    return NULL;
}

/* Full, and nothing moves: a write that is under way would be cancelled uncounted, where
 * there is no timeout.  TCP's answers may be 40 ms late. */
static bool becomes_full(const int ends[2], enum kind kind)
{
    int enough = kind == TCP ? 100 : 20, same = 0, last = 0;

    for (int tries = 0; same < enough && tries < BOUND; tries++) {
        int now = lies_in(ends[0]);

        same = now > 0 && now == last ? same + 1 : 0;
        last = now;
        poll(NULL, 0, 1);
    }
    return same == enough;
}

static void a_cancelled_write_has_been_counted(void **state)
{
    (void)state;
    if (!CAN_CANCEL)
        skip();
    for (enum kind kind = PIPE; kind < KINDS; kind++) {
        for (int i = 0; i < 4; i++) {
            struct cancelled cancelled = {.timeout = i & 1 ? BOUND : -1};
            int ends[2];
            pthread_t thread;
            void *result;
            bool is_full;

            open_kind(kind, i & 2 ? O_NONBLOCK : 0, ends);
            cancelled.fd = ends[1];
            assert_int_equal(pthread_create(&thread, NULL, write_for_ever, &cancelled), 0);
            is_full = becomes_full(ends, kind);
            pthread_cancel(thread);
            pthread_join(thread, &result); /* it writes to this function's stack */
            assert_true(is_full);
            assert_ptr_equal(result, PTHREAD_CANCELED);
            if (i > 0)
                is_what_went_out(ends, kind, cancelled.written);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_cancelled_write_has_been_counted, at_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
