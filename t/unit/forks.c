/* SPDX-License-Identifier: MIT
 *
 * Channels and pipelines while other threads fork, with an exec and without one.
 *
 * A fork at the worst moment is made at that moment: the library's socketpair, pipe2
 * and recvmsg are ours, and fork a process that lingers.
 */
#include <stdatomic.h>
#include <sys/syscall.h>

#include "process.h"

#define OURS __attribute__((visibility("default")))

static enum moment { NO_MOMENT, WAY_OPEN, REPORT_OPEN, ENDS_ARRIVED } moment;
static bool executes;
static pid_t lingering[64];
static int lingerers;

/* It has no descriptors of the test's own. */
static void linger(enum moment now)
{
    pid_t child;

    if (now != moment || lingerers == 64)
        return;
    child = (pid_t)fork();
    if (child == 0) {
        end_with_parent();
        for (int fd = 0; fd < 3; fd++)
            close(fd);
        if (executes)
            execlp("sleep", "sleep", "1000", NULL);
        for (;;)
            pause();
    }
    lingering[lingerers++] = child;
}

static void end_lingerers(void)
{
    moment = NO_MOMENT;
    while (lingerers > 0) {
        kill(lingering[--lingerers], SIGKILL);
        waitpid(lingering[lingerers], NULL, 0);
    }
}

/* Not in the vfork child. */
static bool is_parent(void)
{
    static pid_t parent;

    if (parent == 0)
        parent = getpid();
    return syscall(SYS_getpid) == parent;
}

OURS int socketpair(int domain, int type, int protocol, int pair[2])
{
    int result = (int)syscall(SYS_socketpair, domain, type, protocol, pair);

    linger(WAY_OPEN);
    return result;
}

static int started = -1; /* readable once the first stage is at work */
static int reports;

OURS int pipe2(int pair[2], int flags)
{
    int result;

    if (started >= 0 && is_parent() && reports++ == 1) { /* for the second stage */
        assert_int_equal(poll(&(struct pollfd){started, POLLIN, 0}, 1, BOUND), 1);
        errno = EMFILE;
        return -1;
    }
    result = (int)syscall(SYS_pipe2, pair, flags);
    if (is_parent())
        linger(REPORT_OPEN);
    return result;
}

OURS ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    ssize_t result = syscall(SYS_recvmsg, fd, message, flags);

    if (is_parent() && result > 0)
        linger(ENDS_ARRIVED);
    return result;
}

static char *const runs_true[] = {(char *)"true", NULL};

#if defined __SANITIZE_THREAD__
enum { VFORK_IS_FORK = 1 };
#else
enum { VFORK_IS_FORK = 0 };
#endif

/* The usual way: the child's end is close-on-exec, but in the parent's table. */
static int naive(void)
{
    int pair[2];
    pid_t child;

    assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
    linger(ENDS_ARRIVED); /* another thread, at this moment */
    child = fork();
    if (child == 0) {
        dup2(pair[1], 1);
        execvp(runs_true[0], runs_true);
        _exit(127);
    }
    close(pair[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return pair[0];
}

static void a_lingering_fork_holds_nothing_up(void **state)
{
    struct epipe_channel channel;
    int fd;

    (void)state;
    fd = naive();
    assert_true(end_comes(fd, BOUND));
    close(fd);
    moment = ENDS_ARRIVED;
    fd = naive(); /* control: the child is gone and its end is not */
    assert_false(end_comes(fd, 100));
    end_lingerers();
    assert_true(end_comes(fd, BOUND));
    close(fd);
    for (int with_exec = 0; with_exec < 2; with_exec++) {
        for (enum moment now = WAY_OPEN; now <= ENDS_ARRIVED; now++) {
            if (now == REPORT_OPEN && (VFORK_IS_FORK || is_wrapped()))
                continue; /* the report's end would be waited for */
            executes = with_exec;
            moment = now;
            assert_int_equal(epipe_channel_open(&channel, runs_true, NULL), 0);
            assert_true(lingerers > 0);
            assert_true(end_comes(channel.recv, BOUND));
            assert_int_equal(epipe_channel_close(&channel), 0);
            end_lingerers();
        }
    }
}

/* What runs on when a stage was killed writes to a pipe that nobody reads, even if the
 * reading end was on its way to a second stage that never was. */
static void a_failed_pipeline_leaves_no_reader(void **state)
{
    char *const runs_on[] = {(char *)"sh", (char *)"-c",
                             (char *)"yes & echo started >&2; wait", NULL};
    char *const *stages[] = {runs_on, runs_true};
    int results[2], pair[2], saved = dup(2), result;

    (void)state;
    assert_int_equal(pipe(pair), 0);
    dup2(pair[1], 2); /* open as long as yes runs */
    close(pair[1]);
    executes = false;
    moment = WAY_OPEN;
    reports = 0;
    started = pair[0];
    result = epipe_pipeline_run(stages, 2, results);
    started = -1;
    dup2(saved, 2);
    close(saved);
    assert_true(result == -1 && lingerers == 1 && reports == 2);
    assert_int_equal(results[0], SIGKILL);
    assert_true(end_comes(pair[0], BOUND));
    close(pair[0]);
    end_lingerers();
}

static atomic_bool stop;

static void *fork_on(void *argument)
{
    pid_t children[16] = {0};

    for (unsigned i = 0; !stop; i++) {
        pid_t *child = &children[i % 16];

        if (*child != 0) {
            kill(*child, SIGKILL);
            waitpid(*child, NULL, 0);
        }
        *child = fork();
        if (*child == 0) {
            end_with_parent();
            if (argument != NULL && i % 2)
                execlp("sleep", "sleep", "1000", NULL);
            for (;;)
                pause();
        }
    }
    for (int i = 0; i < 16; i++) {
        if (children[i] != 0) {
            kill(children[i], SIGKILL);
            waitpid(children[i], NULL, 0);
        }
    }
    return NULL;
}

static void threads_may_fork(void **state)
{
    pthread_t threads[2];
    struct epipe_channel channel;
    int results[3];

    (void)state;
    if (VFORK_IS_FORK || is_wrapped())
        skip(); /* the report's end would be waited for */
    stop = false;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, fork_on, i ? &stop : NULL), 0);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(epipe_channel_open(&channel, runs_true,
                                            WITH(.flags = i % 2 ? EPIPE_CHANNEL_EXTRA : 0)),
                         0);
        assert_true(end_comes(channel.recv, BOUND));
        assert_int_equal(epipe_channel_close(&channel), 0);
        assert_int_equal(epipe_pipeline_run(
                             (char *const *[]){(char *[]){(char *)"yes", NULL},
                                               (char *[]){(char *)"head", (char *)"-c0", NULL}},
                             2, results),
                         0);
        assert_int_equal(results[0], SIGPIPE);
        assert_int_equal(results[1], 0);
    }
    stop = true;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_lingering_fork_holds_nothing_up, at_default),
        cmocka_unit_test_setup(a_failed_pipeline_leaves_no_reader, at_default),
        cmocka_unit_test_setup(threads_may_fork, at_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
