/* SPDX-License-Identifier: MIT
 *
 * Guards around a batch of calls, and guards with nothing in them.
 */
#include "guards.h"

#include "epipe.h"
#include "measure.h"
#include "ways.h"

static struct sigaction ignored_before;
static struct epipe_scope open_scope;

void guard_start_ignoring(void)
{
    guard_ignore(&ignored_before);
}

void guard_stop_ignoring(void)
{
    guard_restore(&ignored_before);
}

void guard_install(void)
{
    if (epipe_install() != 0)
        measure_fail("epipe_install");
}

void guard_uninstall(void)
{
    if (epipe_uninstall() != 0)
        measure_fail("epipe_uninstall");
}

void guard_open_scope(void)
{
    if (epipe_scope_enter(&open_scope) != 0)
        measure_fail("epipe_scope_enter");
}

void guard_close_scope(void)
{
    epipe_scope_leave(&open_scope);
}

void guard_open_installed(void)
{
    guard_install();
    guard_open_scope();
}

void guard_close_installed(void)
{
    guard_close_scope();
    guard_uninstall();
}

static ssize_t nothing(int fd, const void *buf, size_t len)
{
    (void)fd;
    (void)buf;
    return (ssize_t)len;
}

static ssize_t scope(int fd, const void *buf, size_t len)
{
    struct epipe_scope own;

    (void)fd;
    (void)buf;
    epipe_scope_enter(&own);
    epipe_scope_leave(&own);
    return (ssize_t)len;
}

static ssize_t sigactions(int fd, const void *buf, size_t len)
{
    struct sigaction before;

    (void)fd;
    (void)buf;
    guard_ignore(&before);
    guard_restore(&before);
    return (ssize_t)len;
}

static ssize_t block(int fd, const void *buf, size_t len)
{
    sigset_t before;

    (void)fd;
    (void)buf;
    guard_block(&before);
    guard_unblock(&before);
    return (ssize_t)len;
}

static ssize_t block_and_look(int fd, const void *buf, size_t len)
{
    sigset_t before;

    (void)fd;
    (void)buf;
    guard_block(&before);
    guard_take();
    guard_unblock(&before);
    return (ssize_t)len;
}

/* clang-format off */
const struct way ways_guard[] = {
    {"sigaction-pair",   false, false, NULL, NULL, sigactions},
    {"block",            false, false, NULL, NULL, block},
    {"block-sigpending", false, false, NULL, NULL, block_and_look},
    {"scope",            false, false, NULL, NULL, scope},
    {"scope-nested",     false, false, guard_open_scope, guard_close_scope, scope},
    {"scope-installed",  false, false, guard_install, guard_uninstall, scope},
    {"nothing",          false, false, NULL, NULL, nothing},
};
/* clang-format on */

const unsigned ways_guard_count = sizeof ways_guard / sizeof *ways_guard;
