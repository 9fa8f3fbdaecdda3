/* SPDX-License-Identifier: MIT
 *
 * Channels and pipelines that are disturbed: by signals, by a cancellation, by what
 * another thread prints on standard streams that are not there or opens meanwhile, by
 * who else waits for their children.
 */
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "process.h"

static char *const runs_true[] = {(char *)"true", NULL};

static pid_t parent;

static bool is_parent(void)
{
    return syscall(SYS_getpid) == parent;
}

static bool prints;
static int printed;

static int left = -1; /* descriptors; a call takes one */

/* The library's, and another thread that prints at this moment, or that opens files. */
__attribute__((visibility("default"))) ssize_t recvmsg(int socket, struct msghdr *message,
                                                       int flags)
{
    for (int fd = 0; prints && is_parent() && fd < 3; fd++, printed++)
        if (write(fd, "stray", 5) >= 0)
            _exit(1); /* something is there */
    if (left >= 0 && is_parent()) {
        int taken[1024], count = 0;
        ssize_t result;

        while (count < 1024 && (taken[count] = fcntl(socket, F_DUPFD_CLOEXEC, 3)) >= 0)
            count++;
        for (int i = 0; i < left; i++)
            close(taken[--count]);
        result = syscall(SYS_recvmsg, socket, message, flags);
        while (count > 0)
            close(taken[--count]);
        left -= left > 0;
        return result;
    }
    return syscall(SYS_recvmsg, socket, message, flags);
}

/* Shared with every child. */
static _Atomic int *in_a_child;

static void notice(int signal)
{
    (void)signal;
    if (!is_parent())
        (*in_a_child)++;
}

static void handlers_are_the_parents_alone(void **state)
{
    const int signals[] = {SIGURG, SIGWINCH, SIGCONT}; /* which kill nobody */
    struct sigaction act = {.sa_handler = notice, .sa_flags = SA_RESTART};
    pid_t group = getpgrp(), child;
    struct epipe_channel channel;

    (void)state;
    parent = getpid();
    in_a_child = mmap(NULL, sizeof *in_a_child, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true((void *)in_a_child != MAP_FAILED);
    assert_true(setpgid(0, 0) == 0 || getpgrp() == getpid());
    for (int i = 0; i < 3; i++)
        assert_int_equal(sigaction(signals[i], &act, NULL), 0);
    child = fork();
    if (child == 0) {
        end_with_parent();
        for (int i = 0; i < 3; i++)
            signal(signals[i], SIG_IGN);
        for (unsigned i = 0;; i++)
            kill(0, signals[i % 3]);
    }
    for (int i = 0; i < 100; i++) {
        assert_int_equal(epipe_channel_open(&channel, runs_true,
                                            WITH(.flags = i % 2 ? EPIPE_CHANNEL_EXTRA : 0)),
                         0);
        assert_int_equal(epipe_channel_close(&channel), 0);
    }
    assert_int_equal(*in_a_child, 0);
    if (fork() == 0) { /* control: a child that does not look after itself */
        WAIT_FOR(*in_a_child > 0);
        _exit(0);
    }
    WAIT_FOR(*in_a_child > 0);
    assert_true(*in_a_child > 0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    while (wait(NULL) > 0 || errno == EINTR) {
    }
    setpgid(0, group);
    for (int i = 0; i < 3; i++)
        signal(signals[i], SIG_DFL);
    munmap((void *)in_a_child, sizeof *in_a_child);
}

/* Cancelled from the start. */
static void *do_everything(void *argument)
{
    struct epipe_channel channel;
    int pair[2], results[2];

    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_cancel(pthread_self());
    if (epipe_pipe(pair, 0) == 0 &&
        epipe_channel_open(&channel, (char *[]){(char *)"", NULL}, NULL) != 0 &&
        epipe_channel_open(&channel, cat, NULL) == 0 && epipe_channel_end(&channel) == 0 &&
        epipe_channel_close(&channel) == 0 &&
        epipe_channel_open(&channel, cat, NULL) == 0 && epipe_channel_close(&channel) == 0 &&
        epipe_pipeline_run((char *const *[]){runs_true, cat}, 2, results) == 0)
        memcpy(argument, pair, sizeof pair);
    pthread_testcancel();
    return NULL;
}

static void none_is_a_cancellation_point(void **state)
{
    int pair[2] = {-1, -1}, before = descriptors();
    pthread_t thread;
    void *result;

    (void)state;
    if (!CAN_CANCEL)
        skip();
    assert_int_equal(pthread_create(&thread, NULL, do_everything, pair), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, PTHREAD_CANCELED); /* control */
    assert_int_not_equal(pair[0], -1);
    close(pair[0]);
    close(pair[1]);
    assert_int_equal(descriptors(), before);
    assert_false(has_children());
}

static void print_on_nothing(void)
{
    struct epipe_channel channel;
    int results[2];

    for (int fd = 0; fd < 3; fd++)
        close(fd);
    parent = getpid();
    prints = true;
    for (int flags = 0; flags <= EPIPE_CHANNEL_EXTRA; flags++) {
        NEED(epipe_channel_open(&channel, runs_true, WITH(.flags = flags)) == 0);
        NEED(epipe_channel_close(&channel) == 0);
    }
    NEED(printed > 0);
    NEED(epipe_pipeline_run((char *const *[]){runs_true, runs_true}, 2, results) == 0);
}

static void nothing_printed_gets_in(void **state)
{
    (void)state;
    assert_int_equal(child_that(print_on_nothing), 0);
}

static void open_much(void)
{
    struct rlimit limit = {40, 40};
    struct epipe_channel channel;
    int before;

    parent = getpid();
    epipe_close_from(3);
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    before = descriptors();
    for (int enough = 0; enough < 3; enough++) {
        int result;

        left = enough;
        result = epipe_channel_open(&channel, cat, NULL);
        NEED(enough == 2 ? result == 0 : result == -1 && errno == EMFILE);
        if (enough == 2)
            NEED(epipe_channel_close(&channel) == 0);
        NEED(descriptors() == before && !has_children());
    }
}

static void others_may_take_the_last_descriptors(void **state)
{
    (void)state;
    if (is_wrapped())
        skip();
    assert_int_equal(child_that(open_much), 0);
}

static void without_waiting(void)
{
    char *const *stages[] = {cat, cat};
    struct epipe_channel channel;
    int results[2], before = descriptors();

    signal(SIGCHLD, SIG_IGN);
    NEED(epipe_channel_open(&channel, (char *[]){(char *)"", NULL}, NULL) == -1);
    NEED(errno == ENOENT);
    NEED(epipe_channel_open(&channel, cat, NULL) == 0);
    NEED(epipe_channel_close(&channel) == -1 && errno == ECHILD);
    NEED(channel.pid == -1 && channel.send == -1 && channel.recv == -1);
    NEED(close(0) == 0 && open("/dev/null", O_RDWR) == 0);
    NEED(epipe_pipeline_run(stages, 2, results) == -1 && errno == ECHILD);
    NEED(results[0] == -1 && results[1] == -1);
    NEED(descriptors() == before && !has_children());
}

static void somebody_else_may_wait(void **state)
{
    (void)state;
    assert_int_equal(child_that(without_waiting), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(handlers_are_the_parents_alone, at_default),
        cmocka_unit_test_setup(none_is_a_cancellation_point, at_default),
        cmocka_unit_test_setup(nothing_printed_gets_in, at_default),
        cmocka_unit_test_setup(others_may_take_the_last_descriptors, at_default),
        cmocka_unit_test_setup(somebody_else_may_wait, at_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
