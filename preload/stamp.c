/* SPDX-License-Identifier: MIT
 *
 * The clock, and the Gregorian calendar.
 */
#include "stamp.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The kernel's struct with 64 bits for the seconds. */
struct wide {
    long long seconds;
    long long nanoseconds;
};

static struct wide read_clock(int clock)
{
    struct wide now = {0};

#if defined __LP64__ || (defined __x86_64__ && defined __ILP32__)
    syscall(SYS_clock_gettime, clock, &now);
#else
    struct {
        long seconds;
        long nanoseconds;
    } narrow = {0};
#ifdef SYS_clock_gettime64
    if (syscall(SYS_clock_gettime64, clock, &now) == 0)
        return now;
#endif
#ifdef SYS_clock_gettime
    syscall(SYS_clock_gettime, clock, &narrow);
#endif
    now = (struct wide){narrow.seconds, narrow.nanoseconds};
#endif
    return now;
}

long long stamp_seconds(void)
{
    return read_clock(CLOCK_MONOTONIC).seconds;
}

void stamp_now(struct line *line)
{
    struct wide now = read_clock(CLOCK_REALTIME);

    stamp_format(line, now.seconds, (unsigned)(now.nanoseconds / 1000000));
}

/* A year that begins in March has its leap day last: then a day's year, and its month in
 * that, are told by how many whole periods, and at the end whole months, have passed. */
static void append_date(struct line *line, long long days)
{
    enum {
        DAYS_TO_1970 = 719468,
        YEAR = 365,
        FOUR = 1461,
        CENTURY = 36524,
        CYCLE = 146097
    };
    static const unsigned char month_days[12] = {31, 30, 31, 30, 31, 31,
                                                 30, 31, 30, 31, 31, 29};
    long long since_march_0 = days + DAYS_TO_1970;
    long long year = since_march_0 / CYCLE * 400;
    unsigned rest = (unsigned)(since_march_0 % CYCLE);
    unsigned centuries = rest / CENTURY < 3 ? rest / CENTURY : 3;
    unsigned years, month = 0;

    rest -= centuries * CENTURY;
    year += centuries * 100 + rest / FOUR * 4;
    rest %= FOUR;
    years = rest / YEAR < 3 ? rest / YEAR : 3;
    rest -= years * YEAR;
    year += years;
    while (rest >= month_days[month])
        rest -= month_days[month++];
    if (month >= 10)
        year++;
    line_padded(line, (unsigned long long)year, 4);
    line_text(line, "-");
    line_padded(line, (month + 2) % 12 + 1, 2);
    line_text(line, "-");
    line_padded(line, rest + 1, 2);
}

void stamp_format(struct line *line, long long seconds, unsigned milliseconds)
{
    enum { DAY = 86400 };
    long long days = seconds >= 0 ? seconds / DAY : -((DAY - 1 - seconds) / DAY);
    unsigned second = (unsigned)(seconds - days * DAY);

    append_date(line, days);
    line_text(line, "T");
    line_padded(line, second / 3600, 2);
    line_text(line, ":");
    line_padded(line, second / 60 % 60, 2);
    line_text(line, ":");
    line_padded(line, second % 60, 2);
    line_text(line, ".");
    line_padded(line, milliseconds, 3);
    line_text(line, "Z");
}
