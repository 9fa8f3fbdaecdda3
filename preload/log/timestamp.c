/* SPDX-License-Identifier: MIT */
#include "timestamp.h"

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

long long timestamp_seconds(void)
{
    return read_clock(CLOCK_MONOTONIC).seconds;
}

void timestamp_now(struct strbuf *line)
{
    struct wide now = read_clock(CLOCK_REALTIME);

    timestamp_format(line, now.seconds, (unsigned)(now.nanoseconds / 1000000));
}

/* The year begins in March here, and so has its leap day last; a cycle is 400 years. */
static void append_date(struct strbuf *line, long long days)
{
    enum { DAYS_TO_1970 = 719468, CYCLE = 146097 };
    long long since = days + DAYS_TO_1970;
    unsigned day = (unsigned)(since % CYCLE);
    unsigned year = (day - day / 1460 + day / 36524 - day / (CYCLE - 1)) / 365;
    unsigned month;

    day -= 365 * year + year / 4 - year / 100;
    month = (5 * day + 2) / 153;
    strbuf_padded(line, (unsigned long long)(since / CYCLE * 400 + year + (month >= 10)), 4);
    strbuf_text(line, "-");
    strbuf_padded(line, (month + 2) % 12 + 1, 2);
    strbuf_text(line, "-");
    strbuf_padded(line, day - (153 * month + 2) / 5 + 1, 2);
}

void timestamp_format(struct strbuf *line, long long seconds, unsigned milliseconds)
{
    enum { DAY = 86400 };
    unsigned second = (unsigned)(seconds % DAY);

    append_date(line, seconds / DAY);
    strbuf_text(line, "T");
    strbuf_padded(line, second / 3600, 2);
    strbuf_text(line, ":");
    strbuf_padded(line, second / 60 % 60, 2);
    strbuf_text(line, ":");
    strbuf_padded(line, second % 60, 2);
    strbuf_text(line, ".");
    strbuf_padded(line, milliseconds, 3);
    strbuf_text(line, "Z");
}
