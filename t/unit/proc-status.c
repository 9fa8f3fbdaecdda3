/* SPDX-License-Identifier: MIT
 *
 * Unit tests of graft/proc-status.c: status files as kernels and architectures write them.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graft/proc-status.h"

/* Of a file with what FORMAT says. */
__attribute__((format(printf, 1, 2))) static struct proc_status status_of(const char *format, ...)
{
    struct proc_status status;
    FILE *file = tmpfile();
    va_list arguments;

    assert_non_null(file);
    va_start(arguments, format);
    vfprintf(file, format, arguments);
    va_end(arguments);
    rewind(file);
    assert_true(proc_status_parse(file, &status));
    fclose(file);
    return status;
}

static bool has_sigpipe(const char *hex)
{
    return proc_status_has(status_of("SigIgn:\t%s\n", hex).ignored, SIGPIPE);
}

static void of_64_signals(void **state)
{
    (void)state;
    assert_true(has_sigpipe("0000000000001000"));
    assert_true(has_sigpipe("ffffffffffffffff"));
    assert_false(has_sigpipe("0000000000000000"));
    assert_false(has_sigpipe("ffffffffffffefff"));
}

/* As on MIPS: the last of 128 signals comes first. */
static void of_128_signals(void **state)
{
    (void)state;
    assert_true(has_sigpipe("00000000000000000000000000001000"));
    assert_true(has_sigpipe("80000000000000000000000000001000"));
    assert_false(has_sigpipe("80000000000000000000000000000000"));
    assert_false(has_sigpipe("ffffffffffffffffffffffffffffefff"));
    assert_false(has_sigpipe("00000000000010000000000000000000"));
}

static void of_none(void **state)
{
    (void)state;
    assert_false(has_sigpipe(""));
    assert_int_equal(status_of("%s", "").caught, 0);
}

/* As of a process in all 65,536 groups that there may be. */
static void behind_a_long_line(void **state)
{
    static const char group[] = "1000000 ";
    enum { GROUPS = 65536, WIDTH = sizeof group - 1 };
    char *groups = malloc(GROUPS * WIDTH + 1);
    struct proc_status status;

    (void)state;
    assert_non_null(groups);
    for (int i = 0; i < GROUPS; i++)
        memcpy(groups + (size_t)i * WIDTH, group, sizeof group);
    status = status_of("Name:\tx\nUid:\t7\t8\t8\t8\nGroups:\t%s\nNStgid:\t4711\t12\n"
                       "VmSize:\t    2000 kB\nSigCgt:\t0000000000001000\n",
                       groups);
    free(groups);
    assert_string_equal(status.name, "x");
    assert_int_equal(status.uid, 7);
    assert_int_equal(status.pid, 12);
    assert_true(status.has_memory);
    assert_false(status.is_kernel);
    assert_true(proc_status_has(status.caught, SIGPIPE));
}

/* Before Linux 6.8 by what it has not. */
static void of_a_kernel_thread(void **state)
{
    (void)state;
    assert_true(status_of("State:\tS (sleeping)\nKthread:\t1\n").is_kernel);
    assert_true(status_of("State:\tS (sleeping)\n").is_kernel);
    assert_false(status_of("State:\tS (sleeping)\nVmSize:\t1 kB\n").is_kernel);
}

static void of_what_has_ended(void **state)
{
    struct proc_status zombie = status_of("State:\tZ (zombie)\n");
    struct proc_status ending = status_of("State:\tR (running)\nKthread:\t0\n");
    struct proc_status running = status_of("State:\tR (running)\nVmSize:\t1 kB\n");

    (void)state;
    assert_true(proc_status_has_ended(&zombie) && !zombie.is_kernel);
    assert_true(proc_status_has_ended(&ending) && !ending.is_kernel);
    assert_false(proc_status_has_ended(&running));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_64_signals),
        cmocka_unit_test(of_128_signals),
        cmocka_unit_test(of_none),
        cmocka_unit_test(behind_a_long_line),
        cmocka_unit_test(of_a_kernel_thread),
        cmocka_unit_test(of_what_has_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
