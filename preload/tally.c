/* SPDX-License-Identifier: MIT
 *
 * The counters behind the summary.
 */
#include "tally.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/stat.h>

#include "anew.h"
#include "line.h"
#include "look.h"
#include "output.h"

enum { PIPE, SOCKET, OTHER, KINDS };

struct counts {
    atomic_ulong calls;
    atomic_ulong swallowed[KINDS];
    atomic_ulong let_through;
};

static struct counts unforked;
static struct counts *counts; /* NULL: no summary */

void tally_start(const struct policy *policy)
{
    if (!policy->summary)
        return;
    counts = anew_memory(sizeof *counts);
    if (counts == NULL)
        counts = &unforked;
}

static void add_one(atomic_ulong *count)
{
    anew_note_owner();
    atomic_fetch_add(count, 1);
}

void tally_call(void)
{
    if (counts != NULL)
        add_one(&counts->calls);
}

void tally_swallowed(int fd)
{
    struct look look = {0};
    int kind = OTHER;

    if (counts == NULL)
        return;
    if (fd >= 0 && epipe_look(fd, &look))
        kind = S_ISFIFO(look.mode) ? PIPE : S_ISSOCK(look.mode) ? SOCKET : OTHER;
    add_one(&counts->swallowed[kind]);
}

void tally_let_through(void)
{
    if (counts != NULL)
        add_one(&counts->let_through);
}

static void append(struct line *line, const char *text, unsigned long number)
{
    line_text(line, text);
    line_number(line, (long long)number);
}

/* noinline: where nothing is asked for, the handler's stack has no line on it. */
static __attribute__((noinline)) void say(void)
{
    struct line line = {0};
    unsigned long of[KINDS];
    unsigned long all = 0;

    for (int kind = 0; kind < KINDS; kind++)
        all += of[kind] = atomic_load(&counts->swallowed[kind]);
    output_begin(&line);
    append(&line, "summary: calls that met EPIPE: ", atomic_load(&counts->calls));
    append(&line, "; SIGPIPEs swallowed: ", all);
    append(&line, " (pipe ", of[PIPE]);
    append(&line, ", socket ", of[SOCKET]);
    append(&line, ", other ", of[OTHER]);
    append(&line, "), let through: ", atomic_load(&counts->let_through));
    output_line(&line);
}

void tally_say(void)
{
    if (counts != NULL)
        say();
}
