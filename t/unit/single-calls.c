/* SPDX-License-Identifier: MIT
 *
 * The single calls never depend on the handler (L1): after epipe_install() or in a process
 * scope, each fails with EPIPE whatever disposition is set later.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/sendfile.h>

#include "common.h"
#include <epipe.h>

static int dead_fd, file, full_pipe[2];
static char bytes[] = "bytes";
static struct iovec iov = {bytes, 5};

static ssize_t plain_write(void)
{
    return write(dead_fd, bytes, 5);
}
static ssize_t by_write(void)
{
    return epipe_write(dead_fd, bytes, 5);
}
static ssize_t by_writev(void)
{
    return epipe_writev(dead_fd, &iov, 1);
}
static ssize_t by_send(void)
{
    return epipe_send(dead_fd, bytes, 5, 0);
}
static ssize_t by_sendto(void)
{
    return epipe_sendto(dead_fd, bytes, 5, 0, NULL, 0);
}
static ssize_t by_dprintf(void)
{
    return epipe_dprintf(dead_fd, "%s", bytes);
}
static ssize_t by_sendfile(void)
{
    return epipe_sendfile(dead_fd, file, NULL, 5);
}
static ssize_t by_write_all(void)
{
    return epipe_write_all(dead_fd, bytes, 5, -1, NULL);
}
static ssize_t by_writev_all(void)
{
    return epipe_writev_all(dead_fd, &iov, 1, 1000, NULL);
}
static ssize_t by_vmsplice(void)
{
    return epipe_vmsplice(dead_fd, &iov, 1, 0);
}
static ssize_t by_tee(void)
{
    return epipe_tee(full_pipe[0], dead_fd, 5, 0);
}

static ssize_t by_splice(void)
{
    return epipe_splice(full_pipe[0], NULL, dead_fd, NULL, 5, 0);
}

static ssize_t by_sendmsg(void)
{
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

    return epipe_sendmsg(dead_fd, &message, 0);
}

static ssize_t by_sendmmsg(void)
{
    struct mmsghdr message = {.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}};

    return epipe_sendmmsg(dead_fd, &message, 1, 0);
}

/* What each may write to. */
enum { PIPE = 1, SOCKET = 2, BOTH = 3 };

static const struct call {
    const char *name;
    int kinds;
    ssize_t (*make)(void);
} calls[] = {
    {"write", BOTH, by_write},           {"writev", BOTH, by_writev},
    {"send", SOCKET, by_send},           {"sendto", SOCKET, by_sendto},
    {"sendmsg", SOCKET, by_sendmsg},     {"sendmmsg", SOCKET, by_sendmmsg},
    {"sendfile", BOTH, by_sendfile},     {"splice", BOTH, by_splice},
    {"vmsplice", PIPE, by_vmsplice},     {"tee", PIPE, by_tee},
    {"dprintf", BOTH, by_dprintf},       {"write_all", BOTH, by_write_all},
    {"writev_all", BOTH, by_writev_all},
};

static const struct call plain = {"plain write", BOTH, plain_write};

/* What a child tries. */
static const struct call *tried;
static int (*acquire)(void);
static bool in_scope;

static void set_default_and_call(void)
{
    struct epipe_scope scope;

    if (acquire() != 0 || (in_scope && epipe_scope_enter(&scope) != 0) ||
        signal(SIGPIPE, SIG_DFL) == SIG_ERR)
        _exit(99);
    for (int i = 0; i < 3; i++)
        if (tried->make() != -1 || errno != EPIPE)
            _exit(98);
    if (is_pending() || is_blocked())
        _exit(97);
}

static int outcome_of(const struct call *call)
{
    tried = call;
    return child_that(set_default_and_call);
}

static void try_all(void)
{
    int ends[2];

    for (int kind = PIPE; kind <= SOCKET; kind++) {
        if (kind == PIPE) {
            assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
            close(ends[0]);
            dead_fd = ends[1];
        } else {
            dead_fd = dead_socket();
        }
        assert_int_equal(outcome_of(&plain), at_default_it_is()); /* control */
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
            if (!(calls[i].kinds & kind))
                continue;
            if (outcome_of(&calls[i]) != 0)
                fail_msg("epipe_%s to a %s: %d", calls[i].name,
                         kind == PIPE ? "pipe" : "socket", outcome_of(&calls[i]));
        }
        close(dead_fd);
    }
}

static void l1_after_install_and_the_default(void **state)
{
    (void)state;
    acquire = epipe_install;
    in_scope = false;
    try_all();
    in_scope = true;
    try_all();
}

static int enter_process(void)
{
    return epipe_process_enter(0);
}

static void l1_in_a_process_scope_and_the_default(void **state)
{
    (void)state;
    acquire = enter_process;
    in_scope = false;
    try_all();
}

/* A reader that takes 64 KiB and leaves: a short count, and the signal with it. */
static ssize_t write_to_one_who_leaves(void)
{
    static char data[1 << 20];
    int ends[2];
    ssize_t result;
    pid_t reader;

    assert_int_equal(pipe(ends), 0);
    reader = fork();
    if (reader == 0) {
        close(ends[1]);
        for (size_t got = 0, n = 1; got < 65536 && n > 0; got += n)
            n = (size_t)read(ends[0], data, 65536 - got);
        _exit(0);
    }
    close(ends[0]);
    result = epipe_write(ends[1], data, sizeof data);
    waitpid(reader, NULL, 0);
    close(ends[1]);
    return result;
}

static void l3_what_was_pending_before_is_pending_after(void **state)
{
    int fd = dead_socket();
    struct epipe_scope scope;

    (void)state;
    assert_int_equal(epipe_install(), 0);
    epipe_scope_enter(&scope);
    assert_int_equal(epipe_write(fd, "x", 1), -1);
    assert_within(write_to_one_who_leaves(), 1, (1 << 20) - 1);
    assert_int_equal(epipe_scope_leave(&scope), 0); /* they are not the scope's */
    mask_sigpipe(SIG_BLOCK);
    assert_int_equal(epipe_write(fd, "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    assert_false(is_pending());
    break_something();
    assert_int_equal(epipe_write(fd, "x", 1), -1);
    assert_true(is_pending());
    mask_sigpipe(SIG_UNBLOCK);
    assert_int_equal(seen, 1);
    close(fd);
    assert_int_equal(epipe_uninstall(), 0);
}

static int open_files(void **state)
{
    FILE *temporary = tmpfile();

    (void)state;
    file = temporary != NULL ? fileno(temporary) : -1;
    return ftruncate(file, 4096) != 0 || pipe(full_pipe) != 0 ||
           write(full_pipe[1], bytes, 5) != 5;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(l1_after_install_and_the_default, at_default),
        cmocka_unit_test_setup(l1_in_a_process_scope_and_the_default, at_default),
        cmocka_unit_test_setup(l3_what_was_pending_before_is_pending_after, count_signals),
    };

    return cmocka_run_group_tests(tests, open_files, NULL);
}
