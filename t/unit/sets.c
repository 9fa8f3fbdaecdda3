/* SPDX-License-Identifier: MIT
 *
 * SIGPIPE in the sets of signals that /proc/PID/status has, as architectures write them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cmd/procfs.h"

static void of_64_signals(void **state)
{
    (void)state;
    assert_true(procfs_mask_has_sigpipe("0000000000001000\n"));
    assert_true(procfs_mask_has_sigpipe("ffffffffffffffff\n"));
    assert_false(procfs_mask_has_sigpipe("0000000000000000\n"));
    assert_false(procfs_mask_has_sigpipe("ffffffffffffefff\n"));
}

/* As on MIPS: the last of 128 signals comes first. */
static void of_128_signals(void **state)
{
    (void)state;
    assert_true(procfs_mask_has_sigpipe("00000000000000000000000000001000\n"));
    assert_true(procfs_mask_has_sigpipe("80000000000000000000000000001000\n"));
    assert_false(procfs_mask_has_sigpipe("80000000000000000000000000000000\n"));
    assert_false(procfs_mask_has_sigpipe("ffffffffffffffffffffffffffffefff\n"));
    assert_false(procfs_mask_has_sigpipe("00000000000010000000000000000000\n"));
}

static void of_none(void **state)
{
    (void)state;
    assert_false(procfs_mask_has_sigpipe("\n"));
    assert_false(procfs_mask_has_sigpipe(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_64_signals),
        cmocka_unit_test(of_128_signals),
        cmocka_unit_test(of_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
