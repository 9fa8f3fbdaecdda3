/* SPDX-License-Identifier: MIT
 *
 * Unit tests of graft/denied.c: Yama's levels, which few kernels have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graft/denied.h"

static void names_yamas_level(void **state)
{
    static const struct {
        uid_t self;
        const char *level, *text;
    } cases[] = {
        {0, "", "it is user 1000's"},
        {1000, "", "it has rights that epipe lacks, or is not dumpable"},
        {0, "0", "it is user 1000's"},
        {0, "1", "it is user 1000's, and kernel.yama.ptrace_scope is 1: root may"},
        {1000, "0", "it has rights that epipe lacks, or is not dumpable"},
        {1000, "1", "kernel.yama.ptrace_scope is 1: root may"},
        {0, "2", "it is user 1000's, and kernel.yama.ptrace_scope is 2: root may"},
        {0, "3", "it is user 1000's, and kernel.yama.ptrace_scope is 3: nobody may"},
    };
    static const char denied[] = "permission denied: ";
    char text[160];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        denied_explain(text, sizeof text, 1000, cases[i].self, cases[i].level);
        assert_memory_equal(text, denied, sizeof denied - 1);
        assert_string_equal(text + sizeof denied - 1, cases[i].text);
    }
}

static void is_cut_off(void **state)
{
    char text[32];

    (void)state;
    assert_string_equal(denied_explain(text, sizeof text, (uid_t)-2, 0, "3"),
                        "permission denied: it is user 4");
    assert_in_range(sizeof "permission denied: it is user 4294967295's, and "
                           "kernel.yama.ptrace_scope is 12345678: nobody may",
                    1, 160);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_yamas_level),
        cmocka_unit_test(is_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
