/* SPDX-License-Identifier: MIT
 *
 * The grammar of the settings: what is taken, what is refused and with which
 * word named, and which library names a list of patterns matches.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "preload/settings.h"

static struct settings taken(enum setting_key key, const char *value)
{
    struct settings settings = settings_default;
    struct setting_error error;

    assert_true(settings_set(&settings, key, value, &error));
    return settings;
}

/* VALUE is refused, WORD named, and the policy stays as it was. */
static void refused(enum setting_key key, const char *value, const char *word)
{
    struct settings settings = settings_default;
    struct setting_error error;

    assert_false(settings_set(&settings, key, value, &error));
    assert_int_equal(error.length, strlen(word));
    assert_memory_equal(error.word, word, strlen(word));
    assert_non_null(error.why);
    assert_memory_equal(&settings, &settings_default, sizeof settings);
}

static struct keep_rule rule_of(const char *value)
{
    return taken(KEY_KEEP, value).keep;
}

static void keep_takes_lists(void **state)
{
    struct keep_rule rule = settings_default.keep;

    (void)state;
    assert_true(rule.stdio && rule.stages && !rule.inherited && rule.count == 0);
    rule = rule_of("none");
    assert_false(rule.stdio || rule.stages || rule.inherited || rule.count > 0);
    rule = rule_of("stdio");
    assert_true(rule.stdio && !rule.stages && !rule.inherited && rule.count == 0);
    rule = rule_of("inherited,stages");
    assert_true(!rule.stdio && rule.stages && rule.inherited && rule.count == 0);
    rule = rule_of("7,stdio,7,1");
    assert_true(rule.stdio && !rule.stages && rule.count == 2);
    assert_true(keep_lists(&rule, 7) && keep_lists(&rule, 1) && !keep_lists(&rule, 2));
    rule = rule_of("0");
    assert_true(keep_lists(&rule, 0) && !keep_lists(&rule, 1));
}

static void keep_refuses(void **state)
{
    char many[1024] = "0";

    (void)state;
    refused(KEY_KEEP, "", "");
    refused(KEY_KEEP, "1,,2", "1,,2");
    refused(KEY_KEEP, "1,", "1,");
    refused(KEY_KEEP, ",1", ",1");
    refused(KEY_KEEP, "1,two", "two");
    refused(KEY_KEEP, "-1", "-1");
    refused(KEY_KEEP, "+1", "+1");
    refused(KEY_KEEP, " 1", " 1");
    refused(KEY_KEEP, "1,none", "none");
    refused(KEY_KEEP, "stage", "stage");
    refused(KEY_KEEP, "99999999999999999999", "99999999999999999999");
    for (int fd = 1; fd <= KEEP_NUMBERS; fd++)
        sprintf(many + strlen(many), ",%d", fd);
    refused(KEY_KEEP, many, "64");
}

static void words(void **state)
{
    (void)state;
    assert_true(taken(KEY_HANDLERS, "override").override_handlers);
    assert_false(taken(KEY_HANDLERS, "respect").override_handlers);
    assert_true(taken(KEY_CHILDREN, "none").clean_children);
    assert_false(taken(KEY_CHILDREN, "inherit").clean_children);
    refused(KEY_HANDLERS, "Override", "Override");
    refused(KEY_HANDLERS, "overrid", "overrid");
    refused(KEY_CHILDREN, "", "");
    assert_true(taken(KEY_TRACE, "on").trace);
    assert_false(taken(KEY_TRACE, "off").trace);
    refused(KEY_TRACE, "1", "1");
    assert_true(taken(KEY_SUMMARY, "on").summary);
    assert_false(taken(KEY_SUMMARY, "off").summary);
    refused(KEY_SUMMARY, "", "");
}

static void give_up_takes_numbers(void **state)
{
    (void)state;
    assert_int_equal(taken(KEY_GIVE_UP, "1").give_up, 1);
    assert_int_equal(taken(KEY_GIVE_UP, "1000000").give_up, 1000000);
    assert_int_equal(taken(KEY_GIVE_UP, "0").give_up, 0);
    assert_int_equal(taken(KEY_GIVE_UP, "off").give_up, 0);
    refused(KEY_GIVE_UP, "", "");
    refused(KEY_GIVE_UP, "-1", "-1");
    refused(KEY_GIVE_UP, " 1", " 1");
    refused(KEY_GIVE_UP, "1k", "1k");
    refused(KEY_GIVE_UP, "1000001", "1000001");
    refused(KEY_GIVE_UP, "99999999999999999999", "99999999999999999999");
}

static void log_takes_words_and_absolute_paths(void **state)
{
    char longest[SETTINGS_PATH + 1];

    (void)state;
    assert_int_equal(taken(KEY_LOG, "off").log, LOG_OFF);
    assert_int_equal(taken(KEY_LOG, "stderr").log, LOG_STDERR);
    assert_int_equal(taken(KEY_LOG, "syslog").log, LOG_SYSLOG);
    assert_string_equal(taken(KEY_LOG, "/a/b").log_path, "/a/b");
    refused(KEY_LOG, "a/b", "a/b");
    refused(KEY_LOG, "", "");
    memset(longest, 'x', sizeof longest);
    longest[0] = '/';
    longest[SETTINGS_PATH] = '\0';
    refused(KEY_LOG, longest, longest);
    longest[SETTINGS_PATH - 1] = '\0';
    assert_string_equal(taken(KEY_LOG, longest).log_path, longest);
}

static void only_matches_names(void **state)
{
    static const struct {
        const char *only;
        const char *name;
        int matches;
    } cases[] = {
        {"liblber*", "liblber-2.5.so.0", 1},
        {"liblber*", "libldap-2.5.so.0", 0},
        {"a,liblber*", "liblber.so", 1},
        {"liblber*,a", "liblber.so", 1},
        {"liblber*,a", "a", 1},
        {"liblber*,a", "ab", 0},
        {"lib?.so", "libx.so", 1},
        {"lib?.so", "lib.so", 0},
        {"*", "anything", 1},
        {"*.so.*", "libc.so.6", 1},
        {"*a*b*c", "xxaxxbxxbxxc", 1},
        {"*a*b*c", "xxaxxbxxbxxcd", 0},
        {"libssl", "libssl.so", 0},
        {"**", "x", 1},
        {"a*,b*", "b", 1},
        {"a", "", 0},
        {"*", "", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings settings = taken(KEY_ONLY, cases[i].only);

        assert_int_equal(settings_name_library(&settings, cases[i].name), cases[i].matches);
    }
}

static void only_refuses(void **state)
{
    char longest[SETTINGS_ONLY + 1];

    (void)state;
    refused(KEY_ONLY, "", "");
    refused(KEY_ONLY, "a,", "a,");
    refused(KEY_ONLY, ",a", ",a");
    refused(KEY_ONLY, "a,,b", "a,,b");
    refused(KEY_ONLY, "/lib/a", "/lib/a");
    memset(longest, 'x', sizeof longest);
    longest[SETTINGS_ONLY] = '\0';
    refused(KEY_ONLY, longest, longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keep_takes_lists),
        cmocka_unit_test(keep_refuses),
        cmocka_unit_test(words),
        cmocka_unit_test(give_up_takes_numbers),
        cmocka_unit_test(log_takes_words_and_absolute_paths),
        cmocka_unit_test(only_matches_names),
        cmocka_unit_test(only_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
