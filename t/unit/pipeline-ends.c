/* SPDX-License-Identifier: MIT
 *
 * Pipelines whose ends the caller has: it writes to the first, reads from the last, and is
 * told how each of them ended.
 */
#include <sys/resource.h>
#include <sys/syscall.h>

#include "process.h"

static char *const endless[] = {(char *)"seq", (char *)"inf", NULL};
static char *const head[] = {(char *)"head", (char *)"-n1", NULL};
static char *const yes[] = {(char *)"yes", NULL};

/* What the last one says to the end of INPUT. */
static const char *said(char *const *const *stages, size_t count, int *results, const char *input)
{
    static char text[4096];
    struct epipe_channel channel;

    text[0] = '\0';
    NEED(epipe_pipeline_open(stages, count, results, &channel, NULL) == 0);
    for (size_t i = 0; i < count; i++)
        NEED(results[i] > 0);
    NEED(channel.pid == results[count - 1]);
    NEED(epipe_write_all(channel.send, input, strlen(input), BOUND, NULL) == 0);
    NEED(epipe_channel_end(&channel) == 0);
    NEED(read_to_end(channel.recv, text, sizeof text, BOUND) >= 0);
    NEED(epipe_channel_close(&channel) == results[count - 1]);
    return text;
}

static void writes_to_the_first_and_reads_from_the_last(void **state)
{
    char *const twice[] = {(char *)"sed", (char *)"p", NULL};
    char *const *many[20];
    int before = descriptors(), results[20];
    struct epipe_channel channel;

    (void)state;
    assert_string_equal(said((char *const *[]){twice}, 1, results, "a\n"), "a\na\n");
    assert_string_equal(
        said((char *const *[]){twice, SH("cat; echo b; exit 3")}, 2, results, "a\n"),
        "a\na\nb\n");
    assert_int_equal(results[0], 0);
    assert_int_equal(results[1], 3 << 8);
    for (int i = 0; i < 20; i++)
        many[i] = i == 7 ? twice : cat;
    assert_string_equal(said(many, 20, results, "a\n"), "a\na\n");
    errno = 4242;
    assert_int_equal(epipe_pipeline_open(many, 20, results, &channel, NULL), 0);
    assert_int_equal(errno, 4242);
    assert_int_equal(descriptors(), before + 2);
    assert_true(channel.send > 2 && channel.recv > 2 && channel.pidfd == -1);
    assert_int_equal(fcntl(channel.send, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(channel.recv, F_GETFD), FD_CLOEXEC);
    errno = 4242;
    assert_int_equal(epipe_channel_close(&channel), 0);
    assert_int_equal(errno, 4242);
    assert_int_equal(descriptors(), before);
    assert_false(has_children());
}

static void a_stage_keeps_three(void **state)
{
    int other = fcntl(0, F_DUPFD, 50), results[3];

    (void)state;
    assert_true(other >= 50);
    assert_string_equal(said((char *const *[]){LIST("1"), cat, cat}, 3, results, ""),
                        "0 1 2 ");
    assert_string_equal(said((char *const *[]){cat, LIST("1"), cat}, 3, results, ""),
                        "0 1 2 ");
    assert_string_equal(said((char *const *[]){cat, cat, LIST("1")}, 3, results, ""),
                        "0 1 2 ");
    close(other);
}

/* The example that guides to pipes have, `dmesg | grep hda` with the output captured: the
 * first one ends by SIGPIPE when the second goes.  (The control is in pipeline.c: without the
 * library it ends by an error where the caller ignores the signal.) */
static void the_first_ends_by_sigpipe(void)
{
    char *const dmesg[] = {(char *)"sh", (char *)"-c",
                           (char *)"echo hdb; while :; do echo hda; done", NULL};
    char *const grep[] = {(char *)"grep", (char *)"-m1", (char *)"hda", NULL};
    int results[3];

    NEED(strcmp(said((char *const *[]){dmesg, grep}, 2, results, ""), "hda\n") == 0);
    NEED(results[0] == SIGPIPE && results[1] == 0);
    NEED(strcmp(said((char *const *[]){endless, cat, head}, 3, results, ""), "1\n") == 0);
    NEED(results[0] == SIGPIPE && results[1] == SIGPIPE && results[2] == 0);
}

static void the_producer_dies_of_sigpipe(void **state)
{
    (void)state;
    in_each_state(the_first_ends_by_sigpipe);
}

static void the_caller_is_a_reader_as_any(void **state)
{
    struct epipe_channel channel;
    int results[2];

    (void)state;
    assert_int_equal(
        epipe_pipeline_open((char *const *[]){endless, cat}, 2, results, &channel, NULL), 0);
    assert_int_equal(epipe_channel_close(&channel), SIGPIPE);
    assert_true(results[0] == SIGPIPE && results[1] == SIGPIPE);
}

static void a_missing_stage_ends_the_others(void **state)
{
    char *const missing[] = {(char *)"/nonexistent", NULL};
    int before = descriptors();

    (void)state;
    for (int at = 0; at < 3; at++) {
        char *const *stages[] = {cat, yes, cat};
        struct epipe_channel channel;
        int results[3] = {7, 7, 7};

        stages[at] = missing;
        assert_int_equal(epipe_pipeline_open(stages, 3, results, &channel, NULL), -1);
        assert_int_equal(errno, ENOENT);
        for (int i = 0; i < 3; i++)
            assert_true(i >= at ? results[i] == -1
                                : results[i] == SIGKILL || results[i] == SIGPIPE);
        assert_true(channel.pid == -1 && channel.send == -1 && channel.recv == -1);
        assert_int_equal(epipe_channel_close(&channel), -1);
        assert_int_equal(descriptors(), before);
        assert_false(has_children());
    }
}

/* In a forked child. */
static void with_room_for(int number)
{
    char *const *stages[] = {cat, cat, cat};
    struct epipe_channel channel;
    int results[3], used = descriptors();

    for (int fd = descriptors(); fd < used + 20; fd++) /* no holes below the limit */
        if (fcntl(fd, F_GETFD) < 0)
            NEED(dup2(0, fd) == fd);
    for (int fd = used + 20 - number; fd < used + 20; fd++)
        close(fd);
    NEED(setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t)used + 20, (rlim_t)used + 20}) == 0);
    used = descriptors();
    if (epipe_pipeline_open(stages, 3, results, &channel, NULL) != 0) {
        NEED(errno == EMFILE && channel.pid == -1);
        NEED(descriptors() == used && !has_children());
        _exit(1);
    }
    NEED(epipe_channel_close(&channel) == 0 && descriptors() == used);
    _exit(2);
}

static void too_few_descriptors_leave_nothing(void **state)
{
    bool failed = false, opened = false;

    (void)state;
    for (int room = 0; room < 20 && !is_wrapped(); room++) {
        int status;
        pid_t child = fork();

        if (child == 0)
            with_room_for(room);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(status == 1 << 8 || status == 2 << 8);
        failed = failed || status == 1 << 8;
        opened = opened || status == 2 << 8;
    }
    assert_true((failed && opened) || is_wrapped());
}

static void children_that_others_wait_for(void)
{
    struct epipe_channel channel;
    int results[2];

    signal(SIGCHLD, SIG_IGN);
    NEED(epipe_pipeline_open((char *const *[]){cat, cat}, 2, results, &channel, NULL) == 0);
    NEED(epipe_channel_close(&channel) == -1 && errno == ECHILD);
    NEED(results[0] == -1 && results[1] == -1);
    signal(SIGCHLD, SIG_DFL);
    /* That of one is gone, the last one's is what close returns. */
    NEED(epipe_pipeline_open((char *const *[]){SH("exit 1"), SH("exit 2")}, 2, results,
                             &channel, NULL) == 0);
    NEED(waitpid(results[0], NULL, 0) == results[0]);
    errno = 4242;
    NEED(epipe_channel_close(&channel) == 2 << 8 && errno == 4242);
    NEED(results[0] == -1 && results[1] == 2 << 8);
}

static void statuses_can_be_taken_by_others(void **state)
{
    (void)state;
    assert_int_equal(child_that(children_that_others_wait_for), 0);
}

static void nonsense_is_invalid(void **state)
{
    char *const empty[] = {NULL}, *const * two[] = {yes, cat};
    struct epipe_channel channel;
    int results[2], before = descriptors();

    (void)state;
    starts_nothing(epipe_pipeline_open(two, 0, results, &channel, NULL));
    starts_nothing(epipe_pipeline_open(NULL, 1, results, &channel, NULL));
    starts_nothing(epipe_pipeline_open(two, 2, NULL, &channel, NULL));
    starts_nothing(epipe_pipeline_open(two, 2, results, NULL, NULL));
    starts_nothing(
        epipe_pipeline_open((char *const *[]){yes, NULL}, 2, results, &channel, NULL));
    starts_nothing(
        epipe_pipeline_open((char *const *[]){empty, cat}, 2, results, &channel, NULL));
    starts_nothing(epipe_pipeline_open(two, 2, results, &channel,
                                       WITH(.flags = EPIPE_CHANNEL_EXTRA)));
    starts_nothing(epipe_channel_close(&channel));
    assert_int_equal(descriptors(), before);
}

int main(int argc, char **argv)
{
#define CASE(name) cmocka_unit_test_setup(name, at_default)
    const struct CMUnitTest tests[] = {
        CASE(writes_to_the_first_and_reads_from_the_last),
        CASE(a_stage_keeps_three),
        CASE(the_producer_dies_of_sigpipe),
        CASE(the_caller_is_a_reader_as_any),
        CASE(a_missing_stage_ends_the_others),
        CASE(too_few_descriptors_leave_nothing),
        CASE(statuses_can_be_taken_by_others),
        CASE(nonsense_is_invalid),
    };

    IF_CHILD(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
