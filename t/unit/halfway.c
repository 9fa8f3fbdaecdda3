/* SPDX-License-Identifier: MIT
 *
 * Channels and pipelines whose child is met by something on its way to the program: it is
 * killed, its limit is lowered, or a descriptor of its parent's has just been closed.
 */
#include <sys/resource.h>
#include <sys/syscall.h>

#include "process.h"

static pid_t parent;
static enum { NOTHING, IS_KILLED, IS_LIMITED, HAS_ROOM } what; /* becomes of the child */

static bool is_child(void)
{
    return parent != 0 && syscall(SYS_getpid) != parent;
}

/* The library's: before the child's first pipe, another thread of the parent's has closed
 * its descriptor 3. */
__attribute__((visibility("default"))) int pipe2(int pair[2], int flags)
{
    if (what == HAS_ROOM && is_child()) {
        close(3);
        what = NOTHING;
    }
    return (int)syscall(SYS_pipe2, pair, flags);
}

__attribute__((visibility("default"))) ssize_t sendmsg(int socket,
                                                       const struct msghdr *message, int flags)
{
    const struct rlimit limit = {4, 4};

    if (what == IS_KILLED && is_child())
        syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    if (what == IS_LIMITED && is_child())
        NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    return syscall(SYS_sendmsg, socket, message, flags);
}

static void lose_the_child(void)
{
    char *const *stages[] = {cat, cat, cat};
    int before = descriptors(), results[3];
    struct epipe_channel channel;

    for (int flags = 0; flags <= EPIPE_CHANNEL_EXTRA; flags++) {
        what = NOTHING; /* control */
        NEED(epipe_channel_open(&channel, cat, WITH(.flags = flags)) == 0);
        NEED(epipe_channel_close(&channel) == 0);
        what = IS_KILLED;
        NEED(epipe_channel_open(&channel, cat, WITH(.flags = flags)) == -1 && errno == EAGAIN);
        NEED(channel.pid == -1 && channel.send == -1 && channel.recv == -1);
        NEED(descriptors() == before && !has_children());
    }
    NEED(epipe_pipeline_run(stages, 3, results) == -1 && errno == EAGAIN);
    NEED(results[0] == SIGKILL && results[1] == -1 && results[2] == -1);
    NEED(descriptors() == before && !has_children());
}

static void limit_the_child(void)
{
    int before = descriptors();
    struct epipe_channel channel;

    what = IS_LIMITED;
    NEED(epipe_channel_open(&channel, cat, WITH(.flags = EPIPE_CHANNEL_EXTRA)) == -1);
    NEED(errno == EMFILE);
    NEED(descriptors() == before && !has_children());
}

/* The kernel gives the child the very number that is wanted, close-on-exec. */
static void give_the_number(void)
{
    struct epipe_channel channel;
    char text[64];

    what = HAS_ROOM;
    NEED(epipe_channel_open(&channel, SH("read line <&3 && echo had $line >&4"),
                            WITH(.flags = EPIPE_CHANNEL_EXTRA)) == 0);
    NEED(fcntl(3, F_GETFD) >= 0); /* the child's table is its own */
    NEED(epipe_write(channel.send, "it\n", 3) == 3);
    NEED(read_to_end(channel.recv, text, sizeof text, BOUND) == 7);
    NEED(strcmp(text, "had it\n") == 0);
    NEED(epipe_channel_close(&channel) == 0);
}

/* In a child that has its standard streams and 3. */
static void alone(void (*function)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        int null = open("/dev/null", O_RDWR);

        parent = getpid();
        for (int fd = 0; fd <= 3; fd++)
            NEED(dup2(null, fd) == fd);
        epipe_close_from(4);
        function();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status != 0)
        print_error("# status 0x%x, line %d\n", status, status >> 8);
    assert_int_equal(status, 0);
}

static void a_child_may_be_killed(void **state)
{
    (void)state;
    alone(lose_the_child);
}

static void a_childs_limit_may_be_lowered(void **state)
{
    (void)state;
    if (is_wrapped())
        skip();
    alone(limit_the_child);
}

static void an_end_may_have_its_number_already(void **state)
{
    (void)state;
    if (is_wrapped())
        skip();
    alone(give_the_number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_child_may_be_killed, at_default),
        cmocka_unit_test_setup(a_childs_limit_may_be_lowered, at_default),
        cmocka_unit_test_setup(an_end_may_have_its_number_already, at_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
