/* SPDX-License-Identifier: MIT
 *
 * What log lines are made of: the calendar against libc's, addresses against inet_ntop's,
 * escapes, and what becomes of that which does not fit.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>

#include <cmocka.h>

#include "preload/log/sockaddr.h"
#include "preload/log/strbuf.h"
#include "preload/log/timestamp.h"

static void is(const struct strbuf *line, const char *text)
{
    assert_int_equal(line->length, strlen(text));
    assert_memory_equal(line->text, text, line->length);
}

static void same_date(long long seconds)
{
    time_t time = (time_t)seconds;
    struct strbuf line = {0};
    char expected[64], date[32];
    struct tm tm;

    if (time != seconds)
        return; /* 32 bits */
    assert_non_null(gmtime_r(&time, &tm));
    strftime(date, sizeof date, "%m-%dT%H:%M:%S", &tm);
    snprintf(expected, sizeof expected, "%04d-%s.007Z", tm.tm_year + 1900, date);
    timestamp_format(&line, seconds, 7);
    is(&line, expected);
}

/* Each day of 800 years, at its first and last second; and the ends of what fits. */
static void dates(void **state)
{
    (void)state;
    for (long long day = 0; day < 800LL * 366; day++) {
        same_date(day * 86400);
        same_date(day * 86400 + 86399);
    }
    same_date(2147483647);
    same_date(2147483648);
    same_date(253402300800); /* the year 10000 */
}

static void the_time_is_now(void **state)
{
    struct strbuf line = {0};
    struct tm tm;
    time_t before = time(NULL);
    char text[32] = "";

    (void)state;
    memset(&tm, 0, sizeof tm);
    timestamp_now(&line);
    assert_int_equal(line.length, 24);
    memcpy(text, line.text, 19);
    assert_non_null(strptime(text, "%Y-%m-%dT%H:%M:%S", &tm));
    assert_true(timegm(&tm) >= before - 1 && timegm(&tm) <= time(NULL) + 1);
}

static void same_address(const char *text)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(389)};
    struct sockaddr_storage address = {0};
    char expected[128], canonical[64];
    struct strbuf line = {0};

    assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    inet_ntop(AF_INET6, &in6.sin6_addr, canonical, sizeof canonical);
    snprintf(expected, sizeof expected, "[%s]:389", canonical);
    memcpy(&address, &in6, sizeof in6);
    sockaddr_append(&line, &address, sizeof in6);
    is(&line, expected);
}

static void addresses(void **state)
{
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons(65535), .sin_addr = {htonl(0xc0a8000a)}};
    struct sockaddr_in6 scoped = {.sin6_family = AF_INET6, .sin6_scope_id = 2};
    struct sockaddr_storage address = {0};
    struct strbuf line = {0};

    (void)state;
    memcpy(&address, &in, sizeof in);
    sockaddr_append(&line, &address, sizeof in);
    is(&line, "192.168.0.10:65535");
    same_address("::");
    same_address("::1");
    same_address("1::");
    same_address("2001:db8::1");
    same_address("2001:db8:0:1:1:1:1:1");
    same_address("2001:0:0:1:0:0:0:1");
    same_address("2001:db8:0:0:1:0:0:1");
    same_address("0:0:1:1:1:1:1:1");
    same_address("1:1:1:1:1:1:0:0");
    same_address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    same_address("::ffff:10.0.0.1");
    line = (struct strbuf){0};
    inet_pton(AF_INET6, "fe80::1", &scoped.sin6_addr);
    memcpy(&address, &scoped, sizeof scoped);
    sockaddr_append(&line, &address, sizeof scoped);
    is(&line, "[fe80::1%2]:0");
}

static void unix_is(const char *name, size_t length, const char *expected)
{
    struct sockaddr_storage address = {0};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct strbuf line = {0};

    memcpy(un.sun_path, name, length);
    memcpy(&address, &un, sizeof un);
    sockaddr_append(&line, &address,
                    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    is(&line, expected);
}

static void unix_addresses(void **state)
{
    (void)state;
    unix_is("", 0, "unnamed");
    unix_is("/run/x", 7, "/run/x");
    unix_is("/run/x", 6, "/run/x"); /* a full array has no NUL behind it */
    unix_is("\0x\0y\n", 5, "@x\\x00y\\x0a");
    unix_is("@x", 3, "\\x40x");
    unix_is("/a b\\\x7f\xc3\xbc", 9, "/a\\x20b\\x5c\\x7f\\xc3\\xbc");
    unix_is("\0x),(", 5, "@x\\x29\\x2c\\x28");
}

static void other_addresses(void **state)
{
    struct sockaddr_storage address = {.ss_family = AF_VSOCK};
    struct strbuf line = {0};

    (void)state;
    sockaddr_append(&line, &address, sizeof address);
    is(&line, "an address of family 40");
}

static void names_are_cut(void **state)
{
    struct strbuf line = {0};

    (void)state;
    strbuf_name(&line, "abcdefgh", 8, 8);
    strbuf_name(&line, "abcdefghi", 9, 8);
    is(&line, "abcdefghabcde...");
    line = (struct strbuf){0};
    strbuf_name(&line, "a\nb\nc", 5, 9); /* an escape is left out as a whole */
    is(&line, "a\\x0ab...");
    line = (struct strbuf){0};
    strbuf_name(&line, "a\nb\nc", 5, 8);
    is(&line, "a\\x0a...");
}

static void quotes_have_blanks(void **state)
{
    struct strbuf line = {0};

    (void)state;
    strbuf_quoted(&line, "a, (b)\n", 7, 20);
    is(&line, "a, (b)\\x0a");
    line = (struct strbuf){0};
    strbuf_quoted(&line, "a, (b)\n", 7, 7);
    is(&line, "a, (...");
    line = (struct strbuf){0};
    strbuf_name(&line, "a, (b)\n", 7, 20);
    is(&line, "a\\x2c\\x20\\x28b...");
}

static void a_line_stays_one(void **state)
{
    struct strbuf line = {0};

    (void)state;
    for (int i = 0; i < 300; i++)
        strbuf_text(&line, "x\n");
    strbuf_number(&line, -12);
    strbuf_end(&line);
    assert_true(line.length <= sizeof line.text);
    assert_ptr_equal(memchr(line.text, '\n', line.length), line.text + line.length - 1);
    /* No half of an escape, and nothing behind what did not fit. */
    assert_true(line.text[line.length - 2] == 'x' || line.text[line.length - 2] == 'a');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates),
        cmocka_unit_test(the_time_is_now),
        cmocka_unit_test(addresses),
        cmocka_unit_test(unix_addresses),
        cmocka_unit_test(other_addresses),
        cmocka_unit_test(names_are_cut),
        cmocka_unit_test(a_line_stays_one),
        cmocka_unit_test(quotes_have_blanks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
