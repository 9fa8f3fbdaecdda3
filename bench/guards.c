/* SPDX-License-Identifier: MIT
 *
 * Guards around a batch of calls, and guards with nothing in them.
 */
#include "guards.h"

#include "epipe.h"
#include "measure.h"

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

/* Each guard in a loop of its own, so that no call through a pointer is counted with it. */
#define GUARD(name, ...)                                                                  \
    static void name(unsigned calls)                                                      \
    {                                                                                     \
        for (unsigned i = 0; i < calls; i++) {                                            \
            __VA_ARGS__                                                                   \
            __asm__ volatile("" ::: "memory");                                            \
        }                                                                                 \
    }

GUARD(nothing, )
GUARD(scope, struct epipe_scope own; epipe_scope_enter(&own); epipe_scope_leave(&own);)
GUARD(sigactions, struct sigaction before; guard_ignore(&before); guard_restore(&before);)
GUARD(block, struct guard_mask mask; guard_block(&mask); guard_unblock(&mask, false);)
GUARD(block_and_look, struct guard_mask mask; guard_block(&mask); guard_unblock(&mask, true);)

const struct guard guards[] = {
    {"sigaction-pair", NULL, NULL, sigactions},
    {"block", NULL, NULL, block},
    {"block-sigpending", NULL, NULL, block_and_look},
    {"scope", NULL, NULL, scope},
    {"scope-nested", guard_open_scope, guard_close_scope, scope},
    {"scope-installed", guard_install, guard_uninstall, scope},
    {"nothing", NULL, NULL, nothing},
};

const unsigned guards_count = sizeof guards / sizeof *guards;
