/* SPDX-License-Identifier: MIT
 *
 * The ways to write.  Each is one function that the meter calls through a pointer.
 */
#include "ways.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <epipe.h>
#include "guards.h"

#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100
#endif

static ssize_t plain_send(int fd, const void *buf, size_t len)
{
    return send(fd, buf, len, 0);
}

static ssize_t send_nosignal(int fd, const void *buf, size_t len)
{
    return send(fd, buf, len, MSG_NOSIGNAL);
}

static ssize_t by_epipe_send(int fd, const void *buf, size_t len)
{
    return epipe_send(fd, buf, len, 0);
}

/* What the flag costs in the kernel. */
static ssize_t by_flag(int fd, const void *buf, size_t len)
{
    struct iovec iov = {(void *)buf, len};

    return pwritev2(fd, &iov, 1, -1, RWF_NOSIGNAL);
}

static ssize_t between_sigactions(int fd, const void *buf, size_t len)
{
    struct sigaction before;

    guard_ignore(&before);
    ssize_t result = write(fd, buf, len);
    guard_restore(&before);
    return result;
}

static ssize_t blocked(int fd, const void *buf, size_t len)
{
    struct guard_mask mask;

    guard_block(&mask);
    ssize_t result = write(fd, buf, len);
    guard_unblock(&mask, result < 0 && errno == EPIPE);
    return result;
}

static ssize_t blocked_and_looked(int fd, const void *buf, size_t len)
{
    struct guard_mask mask;

    guard_block(&mask);
    ssize_t result = write(fd, buf, len);
    guard_unblock(&mask, true);
    return result;
}

static ssize_t in_own_scope(int fd, const void *buf, size_t len)
{
    struct epipe_scope scope;

    epipe_scope_enter(&scope);
    ssize_t result = write(fd, buf, len);
    epipe_scope_leave(&scope);
    return result;
}

static ssize_t (*libc_write)(int fd, const void *buf, size_t len);
static ssize_t (*libc_send)(int fd, const void *buf, size_t len, int flags);

static ssize_t by_libc_write(int fd, const void *buf, size_t len)
{
    return libc_write(fd, buf, len);
}

static ssize_t by_libc_send(int fd, const void *buf, size_t len)
{
    return libc_send(fd, buf, len, 0);
}

/* clang-format off */
const struct way ways_plain[] = {
    {"write",                   false, true,  NULL, NULL, write},
    {"write-again",             false, true,  NULL, NULL, write}, /* shows the noise */
    {"ignored",                 false, false, guard_start_ignoring, guard_stop_ignoring, write},
    {"handled",                 false, false, guard_start_handling, guard_stop_handling, write},
    {"sigaction-pair",          false, false, NULL, NULL, between_sigactions},
    {"block",                   false, false, NULL, NULL, blocked},
    {"block-sigpending",        false, false, NULL, NULL, blocked_and_looked},
    {"pwritev2-nosignal",       false, true,  NULL, NULL, by_flag},
    {"epipe_write",             false, false, NULL, NULL, epipe_write},
    {"in-scope",                false, false, guard_open_scope, guard_close_scope, write},
    {"scope",                   false, false, NULL, NULL, in_own_scope},
    {"in-scope-installed",      false, false, guard_open_installed, guard_close_installed, write},
    {"scope-installed",         false, false, guard_install, guard_uninstall, in_own_scope},
    {"in-process-keep",         false, false, guard_enter_process, guard_leave_process, write},
    {"send",                    true,  true,  NULL, NULL, plain_send},
    {"send-nosignal",           true,  false, NULL, NULL, send_nosignal},
    {"epipe_send",              true,  false, NULL, NULL, by_epipe_send},
};

const struct way ways_shim[] = {
    {"write-libc",              false, false, NULL, NULL, by_libc_write},
    {"write-libc-again",        false, false, NULL, NULL, by_libc_write},
    {"write-shim",              false, false, NULL, NULL, write},
    {"write-handled",           false, false, guard_start_handling, guard_stop_handling, write},
    {"send-libc",               true,  false, NULL, NULL, by_libc_send},
    {"send-shim",               true,  false, NULL, NULL, plain_send},
};
/* clang-format on */

const unsigned ways_plain_count = sizeof ways_plain / sizeof *ways_plain;
const unsigned ways_shim_count = sizeof ways_shim / sizeof *ways_shim;

/* Looks behind whatever stands before libc.  Is there anything? */
static bool is_under_shim(void)
{
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    void *own = libc ? dlsym(libc, "write") : NULL;
    void *other = libc ? dlsym(libc, "send") : NULL;
    ssize_t (*now)(int, const void *, size_t) = write;

    memcpy(&libc_write, &own, sizeof own);
    memcpy(&libc_send, &other, sizeof other);
    return libc != NULL && libc_write != now;
}

const struct way *ways_here(unsigned *count)
{
    bool shim = is_under_shim();

    *count = shim ? ways_shim_count : ways_plain_count;
    return shim ? ways_shim : ways_plain;
}

const struct way *ways_find(const char *name)
{
    unsigned count;
    const struct way *ways = ways_here(&count);

    for (unsigned i = 0; i < count; i++)
        if (strcmp(ways[i].name, name) == 0)
            return &ways[i];
    fprintf(stderr, "no such way here: %s\n", name);
    exit(2);
}
