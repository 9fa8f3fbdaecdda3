/* SPDX-License-Identifier: MIT
 *
 * Pipelines: how each stage ends, in whatever state SIGPIPE is in the caller; where
 * input and output are; what a stage keeps.
 */
#include <sys/mman.h>

#include "process.h"

#define STAGE(...) ((char *[]){__VA_ARGS__, NULL})
#define WORD(text) ((char *)(text))

static char *const yes[] = {(char *)"yes", NULL};

/* Runs in a child, with INPUT as a text and the output in a buffer. */
static void runs(char *const *const *stages, size_t count, const char *input,
                 const char *output, const int *expected)
{
    int in = memfd_create("in", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC);
    int before = descriptors(), results[64], status;
    char text[4096] = "";
    pid_t child;

    assert_int_equal(write(in, input, strlen(input)), strlen(input));
    lseek(in, 0, SEEK_SET);
    child = fork();
    if (child == 0) {
        before = descriptors();
        dup2(in, 0);
        dup2(out, 1);
        errno = 4242;
        NEED(epipe_pipeline_run(stages, count, results) == 0);
        NEED(errno == 4242);
        for (size_t i = 0; i < count; i++)
            NEED(results[i] == (expected ? expected[i] : 0));
        NEED(descriptors() == before && !has_children());
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(pread(out, text, sizeof text - 1, 0) >= 0);
    assert_string_equal(text, output);
    close(in);
    close(out);
}

static void input_and_output_are_the_callers(void **state)
{
    char *const *many[50];
    char *const twice[] = {(char *)"sed", (char *)"p", NULL};

    (void)state;
    runs((char *const *[]){cat}, 1, "one\n", "one\n", NULL);
    runs((char *const *[]){twice, SH("cat; echo end")}, 2, "two\n", "two\ntwo\nend\n", NULL);
    for (int i = 0; i < 50; i++)
        many[i] = cat;
    runs(many, 50, "fifty\n", "fifty\n", NULL);
    many[49] = twice;
    runs(many, 50, "fifty\n", "fifty\nfifty\n", NULL);
}

static void statuses_are_in_order(void **state)
{
    const int expected[] = {3 << 8, SIGKILL, 0, 1 << 8};

    (void)state;
    runs((char *const *[]){SH("exit 3"), SH("kill -9 $$"), SH("true"), SH("exit 1")}, 4,
         "", "", expected);
}

static void a_stage_keeps_three(void **state)
{
    int other = fcntl(0, F_DUPFD, 50);

    (void)state;
    assert_true(other >= 50);
    runs((char *const *[]){LIST("1"), cat}, 2, "", "0 1 2 ", NULL);
    runs((char *const *[]){SH("true"), LIST("1"), cat}, 3, "", "0 1 2 ", NULL);
    runs((char *const *[]){SH("true"), cat, LIST("1")}, 3, "", "0 1 2 ", NULL);
    runs((char *const *[]){LIST("1")}, 1, "", "0 1 2 ", NULL);
    close(other);
}

static void everything_goes_through(void **state)
{
    static const char script[] = "seq 1000000 | cksum";
    char sum[64];
    FILE *shell = popen(script, "r");

    (void)state;
    assert_non_null(shell);
    assert_non_null(fgets(sum, sizeof sum, shell));
    assert_int_equal(pclose(shell), 0);
    runs((char *const *[]){STAGE(WORD("seq"), WORD("1000000")), cat, STAGE(WORD("cksum"))},
         3, "", sum, NULL);
}

static void quiet(void)
{
    int null = open("/dev/null", O_RDWR);

    for (int fd = 0; fd < 3; fd++)
        NEED(dup2(null, fd) == fd);
}

static char *const endless[] = {(char *)"seq", (char *)"inf", NULL};
static char *const head[] = {(char *)"head", (char *)"-n1", NULL};

static void ends_by_sigpipe(void)
{
    int results[3];

    quiet();
    NEED(epipe_pipeline_run((char *const *[]){endless, head}, 2, results) == 0);
    NEED(results[0] == SIGPIPE && results[1] == 0);
    NEED(epipe_pipeline_run((char *const *[]){endless, cat, head}, 3, results) == 0);
    NEED(results[0] == SIGPIPE && results[1] == SIGPIPE && results[2] == 0);
}

/* The control: fork and exec, of a caller that ignores the signal. */
static void ends_by_an_error(void)
{
    int pair[2], status;
    pid_t children[2];

    enter_state(IGNORED);
    quiet();
    NEED(pipe2(pair, O_CLOEXEC) == 0);
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            dup2(pair[!i], !i);
            execvp(i ? head[0] : endless[0], i ? head : endless);
        }
    }
    close(pair[0]);
    close(pair[1]);
    NEED(waitpid(children[1], &status, 0) == children[1] && status == 0);
    NEED(waitpid(children[0], &status, 0) == children[0]);
    NEED(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static void the_producer_dies_of_sigpipe(void **state)
{
    (void)state;
    assert_int_equal(child_that(ends_by_an_error), 0);
    in_each_state(ends_by_sigpipe);
}

static void a_missing_stage_ends_the_others(void **state)
{
    char *const missing[] = {(char *)"/nonexistent", NULL};
    char *const sleeps[] = {(char *)"sleep", (char *)"100", NULL};
    char *const *stages[] = {sleeps, yes, missing, cat};
    int results[4] = {7, 7, 7, 7}, before = descriptors();

    (void)state;
    assert_int_equal(epipe_pipeline_run(stages, 4, results), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(results[0], SIGKILL);
    assert_true(results[1] == SIGKILL || results[1] == SIGPIPE);
    assert_int_equal(results[2], -1);
    assert_int_equal(results[3], -1);
    assert_int_equal(descriptors(), before);
    assert_false(has_children());
}

static void nonsense_is_invalid(void **state)
{
    char *const empty[] = {NULL};
    int results[2], before = descriptors();

    (void)state;
    starts_nothing(epipe_pipeline_run((char *const *[]){cat}, 0, results));
    starts_nothing(epipe_pipeline_run(NULL, 1, results));
    starts_nothing(epipe_pipeline_run((char *const *[]){yes, cat}, 2, NULL));
    starts_nothing(epipe_pipeline_run((char *const *[]){yes, NULL}, 2, results));
    starts_nothing(epipe_pipeline_run((char *const *[]){yes, empty}, 2, results));
    assert_int_equal(descriptors(), before);
}

static void pipes_are_not_inherited(void **state)
{
    int pair[2] = {-1, -1};

    (void)state;
    errno = 4242;
    assert_int_equal(epipe_pipe(pair, O_NONBLOCK), 0);
    assert_int_equal(errno, 4242);
    for (int i = 0; i < 2; i++) {
        assert_true(pair[i] >= 3);
        assert_int_equal(fcntl(pair[i], F_GETFD), FD_CLOEXEC);
        assert_true(fcntl(pair[i], F_GETFL) & O_NONBLOCK);
        close(pair[i]);
    }
    assert_int_equal(epipe_pipe(pair, -1), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(epipe_pipe(NULL, 0), -1);
    assert_int_equal(errno, EFAULT);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(pipes_are_not_inherited, at_default),
        cmocka_unit_test_setup(input_and_output_are_the_callers, at_default),
        cmocka_unit_test_setup(statuses_are_in_order, at_default),
        cmocka_unit_test_setup(a_stage_keeps_three, at_default),
        cmocka_unit_test_setup(everything_goes_through, at_default),
        cmocka_unit_test_setup(the_producer_dies_of_sigpipe, at_default),
        cmocka_unit_test_setup(a_missing_stage_ends_the_others, at_default),
        cmocka_unit_test_setup(nonsense_is_invalid, at_default),
    };

    IF_CHILD(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
