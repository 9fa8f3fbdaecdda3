/* SPDX-License-Identifier: MIT */
#include "counters.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "lib/core/fdstat.h"
#include "lib/core/wipeonfork.h"
#include "preload/log/sink.h"
#include "preload/log/strbuf.h"

struct counters_header epipe_preload_counters = {
    .magic = "EPIPECNT", .version = COUNTERS_VERSION, .size = sizeof(struct counters)};

static struct counters *counters;
static bool is_summary_wanted;

void counters_start(const struct settings *settings)
{
    counters = epipe_wipeonfork_memory(sizeof *counters);
    epipe_preload_counters.address = (uintptr_t)counters;
    epipe_preload_counters.keeps = (settings->keep.stdio ? COUNTERS_STDIO : 0) |
                                   (settings->keep.inherited ? COUNTERS_INHERITED : 0) |
                                   (keep_lists(&settings->keep, 1) ? COUNTERS_FD_1 : 0) |
                                   (keep_lists(&settings->keep, 2) ? COUNTERS_FD_2 : 0);
    is_summary_wanted = settings->summary;
}

static void add_one(struct counter *counter)
{
    epipe_wipeonfork_own();
    atomic_fetch_add(&counter->value, 1);
}

void counters_swallowed(const struct broken_write *broken)
{
    struct fdstat object = {.mode = broken->is_send ? S_IFSOCK : broken->mode};

    /* Without need nothing is asked: a sandbox may kill for the question. */
    if (object.mode == 0 && is_summary_wanted && broken->fd >= 0)
        epipe_fdstat(broken->fd, &object);
    add_one(&counters->swallowed[S_ISFIFO(object.mode)   ? COUNTERS_PIPE
                                 : S_ISSOCK(object.mode) ? COUNTERS_SOCKET
                                                         : COUNTERS_OTHER]);
}

void counters_let_through(void)
{
    add_one(&counters->let_through);
}

static void append(struct strbuf *line, const char *text, unsigned long number)
{
    strbuf_text(line, text);
    strbuf_number(line, (long long)number);
}

/* noinline: where nothing is asked for, the handler's stack has no line on it. */
static __attribute__((noinline)) void write_summary(void)
{
    struct strbuf line = {0};
    unsigned long of[COUNTERS_KINDS];
    unsigned long all = 0;

    for (int kind = 0; kind < COUNTERS_KINDS; kind++)
        all += of[kind] = atomic_load(&counters->swallowed[kind].value);
    sink_begin(&line);
    append(&line, "summary: SIGPIPEs swallowed: ", all);
    append(&line, " (pipe ", of[COUNTERS_PIPE]);
    append(&line, ", socket ", of[COUNTERS_SOCKET]);
    append(&line, ", other ", of[COUNTERS_OTHER]);
    append(&line, "), let through: ", atomic_load(&counters->let_through.value));
    sink_line(&line);
}

void counters_report(void)
{
    if (is_summary_wanted)
        write_summary();
}
