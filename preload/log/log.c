/* SPDX-License-Identifier: MIT
 *
 * The lines.
 */
#include "log.h"

#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backtrace.h"
#include "dso.h"
#include "fdname.h"
#include "ratelimit.h"
#include "sink.h"
#include "strbuf.h"

enum { LIBRARY_ROOM = 60, WORD_ROOM = 100 };

static const struct settings *settings = &settings_default;

static bool is_wanted(void)
{
    return settings->log != LOG_OFF || settings->trace;
}

void report_start(const struct settings *p)
{
    settings = p;
    output_start(p);
    if (is_wanted())
        limit_start();
}

static void append_caller(struct line *line, const struct broken_write *broken)
{
    char name[MODULE_NAME];
    uintptr_t offset;

    if (broken->caller == NULL || !module_name(broken->caller, name, &offset))
        return;
    line_text(line, ", called from ");
    line_name(line, name, strlen(name), LIBRARY_ROOM);
    line_text(line, "+0x");
    line_hex(line, offset);
}

static void append_descriptor(struct line *line, int fd)
{
    size_t without, before;

    if (fd < 0) {
        line_text(line, " on an unknown descriptor");
        return;
    }
    line_text(line, " on descriptor ");
    line_number(line, fd);
    without = line->length;
    line_text(line, " (");
    before = line->length;
    describe_descriptor(line, fd);
    if (line->length == before)
        line->length = without;
    else
        line_text(line, ")");
}

static void begin(struct line *line)
{
    output_begin(line);
    line_text(line, "thread ");
    line_number(line, syscall(SYS_gettid));
    line_text(line, ": SIGPIPE ");
}

static void append_call(struct line *line, const struct broken_write *broken)
{
    line_text(line, broken->call ? broken->call : "stdio or a raw call");
    append_descriptor(line, broken->fd);
    append_caller(line, broken);
}

/* noinline: where nothing is asked for, the handler's stack has no line on it. */
static __attribute__((noinline)) void say(const struct broken_write *broken, const char *outcome)
{
    struct line line = {0};

    begin(&line);
    line_text(&line, outcome);
    append_call(&line, broken);
    output_line(&line);
}

static __attribute__((noinline)) void say_given_up(const struct broken_write *broken,
                                                   unsigned count)
{
    struct line line = {0};

    begin(&line);
    line_text(&line, "let through after ");
    line_number(&line, count);
    line_text(&line, " in a row: ");
    append_call(&line, broken);
    output_line(&line);
}

static __attribute__((noinline)) void say_untold(unsigned long untold)
{
    struct line line = {0};

    output_begin(&line);
    line_text(&line, "... and ");
    line_number(&line, (long long)untold);
    line_text(&line, " more");
    if (!output_line(&line))
        limit_give_back(untold);
}

void report_untold(void)
{
    unsigned long untold = is_wanted() ? limit_take_untold() : 0;

    if (untold > 0)
        say_untold(untold);
}

static void report(const struct broken_write *broken, const char *outcome)
{
    bool is_first;

    if (!is_wanted() || !limit_admits(&is_first))
        return;
    if (is_first)
        report_untold();
    say(broken, outcome);
    if (settings->trace)
        trace_write(broken);
}

void report_swallowed(const struct broken_write *broken)
{
    report(broken, "swallowed: ");
}

void report_unknown_caller(const struct broken_write *broken)
{
    report(broken, "let through, as --only knows no caller: ");
}

void report_given_up(const struct broken_write *broken, unsigned count, bool last)
{
    bool is_first = last;

    if (!is_wanted() || (!last && !limit_admits(&is_first)))
        return;
    if (is_first)
        report_untold();
    say_given_up(broken, count);
    if (settings->trace)
        trace_write(broken);
}

void report_bad_setting(const char *variable, const struct setting_error *error)
{
    struct line line = {0};

    line_text(&line, "epipe: ");
    line_text(&line, variable);
    line_text(&line, ": '");
    line_quoted(&line, error->word, error->length, WORD_ROOM);
    line_text(&line, "' ");
    line_text(&line, error->why);
    line_text(&line, "; the default is used");
    output_complaint(&line);
}
