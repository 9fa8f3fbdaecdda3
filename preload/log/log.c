/* SPDX-License-Identifier: MIT */
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

bool log_is_wanted(void)
{
    return sink_options.sink != LOG_OFF || sink_options.trace;
}

void log_start(const struct log_options *options)
{
    sink_options = *options;
    if (log_is_wanted())
        ratelimit_start();
}

static void append_caller(struct strbuf *line, const struct broken_write *broken)
{
    char name[DSO_NAME];
    uintptr_t offset;

    if (broken->caller == NULL || !dso_name(broken->caller, name, &offset))
        return;
    strbuf_text(line, ", called from ");
    strbuf_name(line, name, strlen(name), LIBRARY_ROOM);
    strbuf_text(line, "+0x");
    strbuf_hex(line, offset);
}

static void append_descriptor(struct strbuf *line, int fd)
{
    size_t without, before;

    if (fd < 0) {
        strbuf_text(line, " on an unknown descriptor");
        return;
    }
    strbuf_text(line, " on descriptor ");
    strbuf_number(line, fd);
    without = line->length;
    strbuf_text(line, " (");
    before = line->length;
    fdname_append(line, fd);
    if (line->length == before)
        line->length = without;
    else
        strbuf_text(line, ")");
}

/* COUNT is part of the OUTCOME, unless it is 0.
 * noinline: where nothing is asked for, the handler's stack has no line on it. */
static __attribute__((noinline)) void write_line(const struct broken_write *broken,
                                                 const char *outcome, unsigned count)
{
    struct strbuf line = {0};

    sink_begin(&line);
    strbuf_text(&line, "thread ");
    strbuf_number(&line, syscall(SYS_gettid));
    strbuf_text(&line, ": SIGPIPE ");
    strbuf_text(&line, outcome);
    if (count > 0) {
        strbuf_number(&line, count);
        strbuf_text(&line, " in a row: ");
    }
    strbuf_text(&line, broken->call ? broken->call : "stdio or a raw call");
    append_descriptor(&line, broken->fd);
    append_caller(&line, broken);
    sink_line(&line);
}

static __attribute__((noinline)) void write_suppressed(unsigned long suppressed)
{
    struct strbuf line = {0};

    sink_begin(&line);
    strbuf_text(&line, "... and ");
    strbuf_number(&line, (long long)suppressed);
    strbuf_text(&line, " more");
    if (!sink_line(&line))
        ratelimit_give_back(suppressed);
}

void log_suppressed(void)
{
    unsigned long suppressed = log_is_wanted() ? ratelimit_take_suppressed() : 0;

    if (suppressed > 0)
        write_suppressed(suppressed);
}

/* IS_LAST: written beyond the limit, too. */
static void log_broken(const struct broken_write *broken, const char *outcome,
                       unsigned count, bool is_last)
{
    bool is_first = is_last;

    if (!log_is_wanted() || (!is_last && !ratelimit_admits(&is_first)))
        return;
    if (is_first)
        log_suppressed();
    write_line(broken, outcome, count);
    if (sink_options.trace)
        backtrace_log(broken);
}

void log_swallowed(const struct broken_write *broken)
{
    log_broken(broken, "swallowed: ", 0, false);
}

void log_unknown_caller(const struct broken_write *broken)
{
    log_broken(broken, "let through, as --only knows no caller: ", 0, false);
}

void log_given_up(const struct broken_write *broken, unsigned count, bool last)
{
    log_broken(broken, "let through after ", count, last);
}

void log_bad_setting(const char *variable, const char *word, size_t length, const char *why)
{
    struct strbuf line = {0};

    strbuf_text(&line, "epipe: ");
    strbuf_text(&line, variable);
    strbuf_text(&line, ": '");
    strbuf_quoted(&line, word, length, WORD_ROOM);
    strbuf_text(&line, "' ");
    strbuf_text(&line, why);
    strbuf_text(&line, "; the default is used");
    sink_complaint(&line);
}
