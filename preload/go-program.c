/* SPDX-License-Identifier: MIT */
#include "go-program.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

enum { GO_BUILD_ID = 4 };

static bool has_note(const char *note, size_t size, size_t alignment)
{
    ElfW(Nhdr) header;

    while (size >= sizeof header) {
        size_t name, next;

        memcpy(&header, note, sizeof header);
        name = (header.n_namesz + 3U) & ~(size_t)3;
        next = (sizeof header + name + header.n_descsz + alignment - 1) & ~(alignment - 1);
        if (next > size || name > size || next < sizeof header + name)
            return false;
        if (header.n_type == GO_BUILD_ID && header.n_namesz == sizeof "Go" + 1 &&
            memcmp(note + sizeof header, "Go\0", sizeof "Go" + 1) == 0)
            return true;
        note += next;
        size -= next;
    }
    return false;
}

bool program_is_go(void)
{
    const ElfW(Phdr) *segments = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    size_t count = segments != NULL ? getauxval(AT_PHNUM) : 0;
    uintptr_t bias = 0;

    for (size_t i = 0; i < count; i++)
        if (segments[i].p_type == PT_PHDR)
            bias = (uintptr_t)segments - segments[i].p_vaddr;
    for (size_t i = 0; i < count; i++)
        if (segments[i].p_type == PT_NOTE &&
            has_note((const char *)(bias + segments[i].p_vaddr), segments[i].p_memsz,
                     segments[i].p_align == 8 ? 8 : 4))
            return true;
    return false;
}
