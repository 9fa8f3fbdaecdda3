/* SPDX-License-Identifier: MIT
 *
 * Frames to lines.
 */
#include "backtrace.h"

#include <stdint.h>
#include <string.h>

#include "atfork.h"
#include "dso.h"
#include "sink.h"
#include "strbuf.h"
#include "symbolize.h"

enum { FRAMES = 48, LIBRARY_ROOM = 100, SYMBOL_ROOM = 300 };

static __attribute__((noinline)) void write_frame(const void *address)
{
    struct line line = {0};
    struct symbol symbol;
    char name[MODULE_NAME];
    uintptr_t offset;

    output_continue(&line);
    if (!module_name(address, name, &offset)) {
        line_text(&line, "?: 0x");
        line_hex(&line, (unsigned long)(uintptr_t)address);
        output_line(&line);
        return;
    }
    line_name(&line, name, strlen(name), LIBRARY_ROOM);
    line_text(&line, ": ");
    if (symbol_find(address, &symbol)) {
        line_name(&line, symbol.name, symbol.length, SYMBOL_ROOM);
        offset = symbol.offset;
    }
    line_text(&line, "+0x");
    line_hex(&line, offset);
    output_line(&line);
}

static __attribute__((noinline)) void write_note(const char *text)
{
    struct line line = {0};

    output_continue(&line);
    line_text(&line, text);
    output_line(&line);
}

/* glibc's functions make system calls through functions of its own that have no dynamic
 * symbol: without those, as long as the exported one follows. */
static __attribute__((noinline)) int first_named(const void *const *frames, int count)
{
    struct symbol symbol;

    for (int i = 0; i < count && module_is_libc(frames[i]); i++)
        if (symbol_find(frames[i], &symbol))
            return i;
    return 0;
}

void trace_write(const struct broken_write *broken)
{
    const void *frames[FRAMES];
    bool is_cut = false;
    /* The unwinder takes a lock where frames have been registered with it. */
    int count =
        forked_among_threads() ? 0 : module_stack(broken->context, frames, FRAMES, &is_cut);

    for (int i = first_named(frames, count); i < count; i++)
        if (!module_is_shim(frames[i]))
            write_frame(frames[i]);
    if (count == 0) {
        if (broken->caller != NULL)
            write_frame(broken->caller);
        write_note("(the rest of the stack cannot be told here)");
    } else if (is_cut) {
        write_note("...");
    }
}
