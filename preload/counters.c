/* SPDX-License-Identifier: MIT */
#include "counters.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "anew.h"
#include "line.h"
#include "look.h"
#include "output.h"

static struct counters unforked;
static struct counters *counters = &unforked;
static bool is_summary_wanted;

void counters_start(const struct policy *policy)
{
    struct counters *memory = anew_memory(sizeof *memory);

    if (memory != NULL)
        counters = memory;
    is_summary_wanted = policy->summary;
}

static void add_one(struct counter *counter)
{
    anew_note_owner();
    atomic_fetch_add(&counter->value, 1);
}

void counters_swallowed(int fd)
{
    struct look look = {0};
    int kind = COUNTERS_OTHER;

    /* Without need nothing is asked: a sandbox may kill for the question. */
    if (is_summary_wanted && fd >= 0 && epipe_look(fd, &look))
        kind = S_ISFIFO(look.mode)   ? COUNTERS_PIPE
               : S_ISSOCK(look.mode) ? COUNTERS_SOCKET
                                     : COUNTERS_OTHER;
    add_one(&counters->swallowed[kind]);
}

void counters_let_through(void)
{
    add_one(&counters->let_through);
}

static void append(struct line *line, const char *text, unsigned long number)
{
    line_text(line, text);
    line_number(line, (long long)number);
}

/* noinline: where nothing is asked for, the handler's stack has no line on it. */
static __attribute__((noinline)) void write_summary(void)
{
    struct line line = {0};
    unsigned long of[COUNTERS_KINDS];
    unsigned long all = 0;

    for (int kind = 0; kind < COUNTERS_KINDS; kind++)
        all += of[kind] = atomic_load(&counters->swallowed[kind].value);
    output_begin(&line);
    append(&line, "summary: SIGPIPEs swallowed: ", all);
    append(&line, " (pipe ", of[COUNTERS_PIPE]);
    append(&line, ", socket ", of[COUNTERS_SOCKET]);
    append(&line, ", other ", of[COUNTERS_OTHER]);
    append(&line, "), let through: ", atomic_load(&counters->let_through.value));
    output_line(&line);
}

void counters_report(void)
{
    if (is_summary_wanted)
        write_summary();
}
