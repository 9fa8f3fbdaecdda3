/* SPDX-License-Identifier: MIT
 *
 * What the cmocka programs for channels and pipelines share: what descriptors and
 * children there are, whether an end of file comes, and the states that SIGPIPE can be
 * in when a child is started.
 */
#ifndef UNIT_PROCESS_H
#define UNIT_PROCESS_H

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdio.h>

#include "common.h"
#include <epipe.h>

/* For what runs in a forked child, where cmocka cannot fail: its status is the line. */
#define NEED(condition)                                                                   \
    do {                                                                                  \
        if (!(condition))                                                                 \
            _exit(__LINE__);                                                              \
    } while (0)

/* The write fails with EPIPE, if it does not kill. */
static inline void write_to(int fd)
{
    NEED(write(fd, "x", 1) == -1 && errno == EPIPE);
}

enum { UNCONFINED = 77 };

/* For a forked child: CALL fails with ERROR from now on, or comes to 0.  Its status is
 * UNCONFINED where filters are not to be had. */
static inline void refuse(int call, unsigned error)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {4, program};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        _exit(UNCONFINED);
    errno = 0;
}

/* Under valgrind, which has no errors of execve beyond those it expects, a table of
 * descriptors of its own, and a fork for vfork. */
static inline bool is_wrapped(void)
{
    return getenv("TEST_WRAPPER") != NULL;
}

/* Without a look at /proc, which takes a descriptor. */
static inline int descriptors(void)
{
    int number = 0;

    for (int fd = 0; fd < 1024; fd++)
        number += fcntl(fd, F_GETFD) >= 0;
    return number;
}

static inline int has_children(void)
{
    return waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD;
}

static inline void is_invalid(int result)
{
    assert_int_equal(result, -1);
    assert_int_equal(errno, EINVAL);
    errno = 0;
}

static inline void starts_nothing(int result)
{
    is_invalid(result);
    assert_false(has_children());
    errno = 0;
}

/* Reads TEXT to the end, which must come within so many milliseconds.  Returns the
 * length, or -1 if it does not come. */
static inline ssize_t read_to_end(int fd, char *text, size_t size, int milliseconds)
{
    struct pollfd p = {fd, POLLIN, 0};
    size_t length = 0;

    for (;;) {
        int ready = poll(&p, 1, milliseconds);
        ssize_t n;

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0 || (n = read(fd, text + length, size - 1 - length)) < 0)
            return -1;
        length += (size_t)n;
        text[length] = '\0';
        if (n == 0)
            return (ssize_t)length;
    }
}

static inline int end_comes(int fd, int milliseconds)
{
    char text[64];

    return read_to_end(fd, text, sizeof text, milliseconds) >= 0;
}

/* The bits of SIGPIPE in SigBlk, SigIgn and SigCgt of what FD says: 4, 2 and 1; -1: it
 * does not say. */
static inline int sigpipe_in(int fd)
{
    static const char *const names[] = {"\nSigBlk:", "\nSigIgn:", "\nSigCgt:"};
    char text[8192] = "";
    int bits = 0;

    read_to_end(fd, text, sizeof text, BOUND);
    close(fd);
    for (int i = 0; i < 3; i++) {
        const char *line = strstr(text, names[i]);

        if (line == NULL)
            return -1;
        bits = bits * 2 + (strtoull(line + 8, NULL, 16) >> (SIGPIPE - 1) & 1 ? 1 : 0);
    }
    return bits;
}

enum state {
    PLAIN,
    IGNORED,
    BLOCKED,
    SCOPE,
    INSTALLED,
    SCOPE_OF_INSTALLED,
    PROCESS_SCOPE
};

/* For a forked child, which does not leave the state. */
static inline void enter_state(enum state state)
{
    static struct epipe_scope scope;

    at_default(NULL);
    if (state == IGNORED)
        signal(SIGPIPE, SIG_IGN);
    if (state == BLOCKED)
        mask_sigpipe(SIG_BLOCK);
    if (state == INSTALLED || state == SCOPE_OF_INSTALLED)
        NEED(epipe_install() == 0);
    if (state == PROCESS_SCOPE)
        NEED(epipe_process_enter(0) == 0);
    if (state == SCOPE || state == SCOPE_OF_INSTALLED)
        NEED(epipe_scope_enter(&scope) == 0);
}

/* Each in a child of its own. */
static inline void in_each_state(void (*function)(void))
{
    for (int state = PLAIN; state <= PROCESS_SCOPE; state++) {
        int status;
        pid_t child = fork();

        if (child == 0) {
            enter_state((enum state)state);
            function();
            _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (status != 0)
            print_error("# in state %d: status 0x%x, line %d\n", state, status, status >> 8);
        assert_int_equal(status, 0);
    }
}

/* This program, which as a child lists its descriptors: "self list TO". */
static char *self __attribute__((unused));

/* Options for a channel. */
#define WITH(...)                                                                         \
    (&(const struct epipe_channel_options){.size = sizeof(struct epipe_channel_options),  \
                                           __VA_ARGS__})

#define LIST(to) ((char *[]){self, (char *)"list", (char *)(to), NULL})

static inline int list_descriptors(const char *to)
{
    for (int fd = 0; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            dprintf(atoi(to), "%d ", fd);
    return 0;
}

static char *const cat[] __attribute__((unused)) = {(char *)"cat", NULL};
#define SH(script) ((char *[]){(char *)"sh", (char *)"-c", (char *)(script), NULL})

/* For main(). */
#define IF_CHILD(argc, argv)                                                              \
    self = (argv)[0];                                                                     \
    if ((argc) == 3)                                                                      \
    return list_descriptors((argv)[2])

#endif
