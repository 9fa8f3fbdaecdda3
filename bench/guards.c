/* SPDX-License-Identifier: MIT
 *
 * Guards around a batch of calls, and guards with nothing in them.
 */
#include "guards.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <epipe.h>
#include "measure.h"

static struct sigaction before;
static struct epipe_scope open_scope;

void guard_start_ignoring(void)
{
    guard_ignore(&before);
}

void guard_stop_ignoring(void)
{
    guard_restore(&before);
}

static void do_nothing(int signal)
{
    (void)signal;
}

/* A handler of the program's own: what the kernel takes for any. */
void guard_start_handling(void)
{
    struct sigaction handle = {.sa_handler = do_nothing, .sa_flags = SA_RESTART};

    sigaction(SIGPIPE, &handle, &before);
}

void guard_stop_handling(void)
{
    guard_restore(&before);
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

void guard_enter_process(void)
{
    if (epipe_process_enter(EPIPE_KEEP_STDIO) != 0)
        measure_fail("epipe_process_enter");
}

void guard_leave_process(void)
{
    epipe_process_leave();
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
GUARD(look, struct stat st; syscall(SYS_fstat, 0, &st);)
GUARD(pending, sigset_t set; sigpending(&set);)
GUARD(scope, struct epipe_scope own; epipe_scope_enter(&own); epipe_scope_leave(&own);)
GUARD(guard, EPIPE_GUARD;)
GUARD(sigactions, struct sigaction found; guard_ignore(&found); guard_restore(&found);)
GUARD(block, struct guard_mask mask; guard_block(&mask); guard_unblock(&mask, false);)
GUARD(block_and_look, struct guard_mask mask; guard_block(&mask); guard_unblock(&mask, true);)

const struct guard guards[] = {
    {"sigaction-pair", NULL, NULL, sigactions},
    {"block", NULL, NULL, block},
    {"block-sigpending", NULL, NULL, block_and_look},
    {"fstat", NULL, NULL, look},
    {"sigpending", NULL, NULL, pending},
    {"scope", NULL, NULL, scope},
    {"scope-nested", guard_open_scope, guard_close_scope, scope},
    {"scope-installed", guard_install, guard_uninstall, scope},
    {"guard-installed", guard_install, guard_uninstall, guard},
    {"nothing", NULL, NULL, nothing},
};

const unsigned guards_count = sizeof guards / sizeof *guards;
