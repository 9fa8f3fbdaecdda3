/* SPDX-License-Identifier: MIT */
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
    struct strbuf line = {0};
    struct symbol symbol;
    char name[DSO_NAME];
    uintptr_t offset;

    sink_continue(&line);
    if (!dso_name(address, name, &offset)) {
        strbuf_text(&line, "?: 0x");
        strbuf_hex(&line, (unsigned long)(uintptr_t)address);
        sink_line(&line);
        return;
    }
    strbuf_name(&line, name, strlen(name), LIBRARY_ROOM);
    strbuf_text(&line, ": ");
    if (symbolize_address(address, &symbol)) {
        strbuf_name(&line, symbol.name, symbol.length, SYMBOL_ROOM);
        offset = symbol.offset;
    }
    strbuf_text(&line, "+0x");
    strbuf_hex(&line, offset);
    sink_line(&line);
}

static __attribute__((noinline)) void write_note(const char *text)
{
    struct strbuf line = {0};

    sink_continue(&line);
    strbuf_text(&line, text);
    sink_line(&line);
}

/* glibc's functions make system calls through functions of its own that have no dynamic
 * symbol, and on i386 through the kernel's: without those, as long as an exported one
 * follows. */
static __attribute__((noinline)) int first_named(const void *const *frames, int count)
{
    struct symbol symbol;
    int i = 0;

    while (i < count && dso_is_vdso(frames[i]))
        i++;
    for (; i < count && dso_is_libc(frames[i]); i++)
        if (symbolize_address(frames[i], &symbol))
            return i;
    return 0;
}

void backtrace_log(const struct broken_write *broken)
{
    const void *frames[FRAMES];
    bool is_cut = false;
    /* The unwinder takes a lock where frames have been registered with it. */
    int count =
        atfork_among_threads() ? 0 : dso_stack(broken->context, frames, FRAMES, &is_cut);

    for (int i = first_named(frames, count); i < count; i++)
        if (!dso_is_shim(frames[i]))
            write_frame(frames[i]);
    if (count == 0) {
        if (broken->caller != NULL)
            write_frame(broken->caller);
        write_note("(the rest of the stack cannot be told here)");
    } else if (is_cut) {
        write_note("...");
    }
}
