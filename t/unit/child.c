/* SPDX-License-Identifier: MIT
 *
 * Children: what SIGPIPE is to one that is started from inside a scope, read from
 * its own /proc/self/status; and descriptors closed.
 */
#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "process.h"

extern char **environ;
static char *const reads_status[] = {"cat", "/proc/self/status", NULL};

static int by_exec(int share_memory, int reset)
{
    int pair[2], bits;
    pid_t child;

    assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
    child = share_memory ? vfork() : fork();
    if (child == 0) {
        if (reset && epipe_child_reset() != 0)
            _exit(98);
        dup2(pair[1], 1);
        execvp(reads_status[0], reads_status);
        _exit(99);
    }
    close(pair[1]);
    bits = sigpipe_in(pair[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return bits;
}

static int by_spawn(posix_spawnattr_t *attributes)
{
    posix_spawn_file_actions_t actions;
    int pair[2], bits;
    pid_t child;

    assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pair[1], 1);
    assert_int_equal(
        posix_spawnp(&child, reads_status[0], &actions, attributes, reads_status, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(pair[1]);
    bits = sigpipe_in(pair[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return bits;
}

static void a_child_of_a_scope_is_reset(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    EPIPE_SCOPE
    {
        assert_int_equal(by_exec(0, 0), 6); /* control: blocked and ignored */
        assert_int_equal(by_exec(0, 1), 0);
        assert_int_equal(by_exec(1, 1), 0);
        assert_true(is_blocked()); /* a vfork child's mask is its own */
        assert_int_equal(by_exec(0, 0), 6);
    }
    assert_false(is_blocked());
}

static void a_child_of_the_handler_needs_nothing(void **state)
{
    (void)state;
    assert_int_equal(epipe_install(), 0);
    EPIPE_SCOPE
    {
        assert_int_equal(by_exec(0, 0), 0);
    }
    assert_int_equal(epipe_uninstall(), 0);
    assert_int_equal(epipe_process_enter(0), 0);
    assert_int_equal(by_exec(0, 0), 0);
    assert_int_equal(epipe_process_leave(), 0);
}

static void spawn_attributes_are_added_to(void **state)
{
    posix_spawnattr_t attributes;
    sigset_t set;
    short flags;

    (void)state;
    assert_int_equal(epipe_spawnattr(NULL), EINVAL);
    signal(SIGPIPE, SIG_IGN);
    EPIPE_SCOPE
    {
        assert_int_equal(by_spawn(NULL), 6); /* control */
        posix_spawnattr_init(&attributes);
        assert_int_equal(epipe_spawnattr(&attributes), 0);
        assert_int_equal(by_spawn(&attributes), 0);
        posix_spawnattr_destroy(&attributes);
    }
    /* What was in them stays. */
    posix_spawnattr_init(&attributes);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    posix_spawnattr_setsigdefault(&attributes, &set);
    sigaddset(&set, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &set);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETPGROUP);
    assert_int_equal(epipe_spawnattr(&attributes), 0);
    posix_spawnattr_getsigdefault(&attributes, &set);
    assert_true(sigismember(&set, SIGUSR1) && sigismember(&set, SIGPIPE));
    posix_spawnattr_getsigmask(&attributes, &set);
    assert_true(sigismember(&set, SIGUSR1) && !sigismember(&set, SIGPIPE));
    posix_spawnattr_getflags(&attributes, &flags);
    assert_true(flags & POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_destroy(&attributes);
}

static void close_all_but_seven(void)
{
    int low = fcntl(0, F_DUPFD, 5), high = fcntl(0, F_DUPFD, 900);

    if (low != 5 || high < 900 || epipe_close_from(6) != 0)
        _exit(1);
    if (fcntl(low, F_GETFD) < 0 || fcntl(high, F_GETFD) >= 0 || fcntl(6, F_GETFD) >= 0)
        _exit(2);
}

/* As a kernel that does not have it: close_range before 5.9. */
static void be_without(int call)
{
    refuse(call, ENOSYS);
    if (syscall(call, 1000, 1000, 0, 0) == 0 || errno != ENOSYS)
        _exit(3); /* the control: it is refused */
}

static void close_by_the_list(void)
{
    be_without(SYS_close_range);
    close_all_but_seven();
}

static char empty[] = "/tmp/epipe-empty-XXXXXX";

static void hide_proc(void)
{
    bool is_hidden = unshare(CLONE_NEWNS) == 0 &&
                     mount("none", "/", "", MS_REC | MS_PRIVATE, NULL) == 0 &&
                     mount("none", "/proc", "tmpfs", 0, NULL) == 0;

    if (!is_hidden && chroot(empty) != 0)
        _exit(77); /* not root */
    if (access("/proc/self", F_OK) == 0)
        _exit(4);
}

static void close_by_the_limit(void)
{
    hide_proc();
    be_without(SYS_close_range);
    close_all_but_seven();
}

static void close_without_limit(void)
{
    struct rlimit limit;

    hide_proc();
    be_without(SYS_close_range);
    be_without(SYS_prlimit64);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        _exit(5); /* the control */
    close_all_but_seven();
}

/* Skips the case where its preparation is not to be had: filters, or root's rights. */
static void child_closes(void (*function)(void))
{
    int result;

    strcpy(empty, "/tmp/epipe-empty-XXXXXX");
    assert_non_null(mkdtemp(empty));
    result = child_that(function);
    rmdir(empty);
    if (result == 77)
        skip();
    assert_int_equal(result, 0);
}

static void without_close_range_by_the_list(void **state)
{
    (void)state;
    child_closes(close_by_the_list);
}

static void without_proc_by_the_limit(void **state)
{
    (void)state;
    child_closes(close_by_the_limit);
}

static void without_a_limit_by_a_guess(void **state)
{
    (void)state;
    if (is_wrapped())
        skip(); /* valgrind has a limit of its own */
    child_closes(close_without_limit);
}

static void descriptors_are_closed(void **state)
{
    (void)state;
    assert_int_equal(epipe_close_from(-1), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(child_that(close_all_but_seven), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_child_of_a_scope_is_reset, at_default),
        cmocka_unit_test_setup(a_child_of_the_handler_needs_nothing, at_default),
        cmocka_unit_test_setup(spawn_attributes_are_added_to, at_default),
        cmocka_unit_test_setup(descriptors_are_closed, at_default),
        cmocka_unit_test_setup(without_close_range_by_the_list, at_default),
        cmocka_unit_test_setup(without_proc_by_the_limit, at_default),
        cmocka_unit_test_setup(without_a_limit_by_a_guess, at_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
