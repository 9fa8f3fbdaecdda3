/* SPDX-License-Identifier: MIT */
#include "maps.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "page.h"
#include "proc-status.h"
#include "stub.h"

enum { HEAD = 1024, MARGIN = 16, MOST_PAGES = 16384 };

uint64_t maps_page_size(void)
{
    return (uint64_t)sysconf(_SC_PAGESIZE);
}

bool maps_parse_line(const char *line, struct mapping *mapping)
{
    unsigned long long start, end, offset;
    int name = 0;

    if (sscanf(line, "%llx-%llx %4s %llx %*x:%*x %*u%*[ ]%n", &start, &end,
               mapping->permissions, &offset, &name) < 4 ||
        start >= end)
        return false;
    *mapping =
        (struct mapping){.start = start,
                         .end = end,
                         .offset = offset,
                         .permissions = {mapping->permissions[0], mapping->permissions[1],
                                         mapping->permissions[2], mapping->permissions[3]},
                         .name = name > 0 ? line + name : ""};
    return true;
}

/* The fields of either word size. */
#define FIELD(head, is32, type, member)                                                   \
    ((is32) ? ((const Elf32_##type *)(head))->member : ((const Elf64_##type *)(head))->member)

uint64_t maps_image_end(const unsigned char *head, size_t size, uint64_t offset, bool is_vdso)
{
    union {
        unsigned char bytes[HEAD];
        Elf64_Ehdr aligned;
    } image = {{0}};
    uint64_t end = 0, sections;
    bool is32;

    memcpy(image.bytes, head, size < HEAD ? size : HEAD);
    is32 = image.bytes[EI_CLASS] == ELFCLASS32;
    if (memcmp(image.bytes, ELFMAG, SELFMAG) != 0)
        return 0;
    for (unsigned i = 0; i < FIELD(&image, is32, Ehdr, e_phnum); i++) {
        uint64_t step = is32 ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
        uint64_t at = FIELD(&image, is32, Ehdr, e_phoff) + i * step;
        uint64_t first, last;

        if (at > HEAD - step || at % 4 != 0 || (!is32 && at % 8 != 0))
            return 0;
        first = FIELD(image.bytes + at, is32, Phdr, p_offset);
        last = first + FIELD(image.bytes + at, is32, Phdr, p_filesz);
        if (FIELD(image.bytes + at, is32, Phdr, p_type) == PT_LOAD &&
            first / maps_page_size() * maps_page_size() == offset && last > end)
            end = last;
    }
    sections =
        FIELD(&image, is32, Ehdr, e_shoff) + (uint64_t)FIELD(&image, is32, Ehdr, e_shnum) *
                                                 FIELD(&image, is32, Ehdr, e_shentsize);
    return is_vdso && end > 0 && sections > end ? sections : end;
}

static bool is_blank(int mem, uint64_t from, unsigned size)
{
    static const char blank[STUB_MAX + MARGIN];
    char room[STUB_MAX + MARGIN];

    return pread(mem, room, size, (off_t)from) == (ssize_t)size &&
           memcmp(room, blank, size) == 0;
}

/* A slot that is not blank was left by a tracer that was killed: a thread may still stand
 * in it, or return into it from a handler.  So it is never used again. */
static uint64_t find_slot(int mem, const struct mapping *mapping, uint64_t base,
                          bool is_vdso, unsigned size)
{
    unsigned char head[HEAD];
    uint64_t end, first;

    if (base == 0 || pread(mem, head, sizeof head, (off_t)base) != sizeof head)
        return 0;
    end = maps_image_end(head, sizeof head, mapping->offset, is_vdso);
    if (end <= mapping->offset)
        return 0;
    first = mapping->start + (end - mapping->offset) + MARGIN;
    for (uint64_t slot = mapping->end - size;
         slot >= first && slot + maps_page_size() > mapping->end; slot -= size)
        if (is_blank(mem, slot - MARGIN, size + MARGIN))
            return slot;
    return 0;
}

/* Pages of ours begin with the magic and know their own address.  The kernel may have
 * merged them with others that are mapped alike. */
static void find_pages(int mem, const struct mapping *mapping, struct maps *maps,
                       unsigned *budget)
{
    const uint64_t size = maps_page_size();

    for (uint64_t at = mapping->start; *budget > 0 && mapping->end > at; at += size) {
        struct graft_page page;

        --*budget;
        if (pread(mem, &page.magic, sizeof page.magic, (off_t)at) == sizeof page.magic &&
            page.magic == GRAFT_MAGIC &&
            pread(mem, &page, sizeof page, (off_t)at) == sizeof page &&
            page.address == at && maps->page_count < MAPS_PAGES)
            maps->pages[maps->page_count++] = at;
    }
}

/* The image that the last mappings were parts of. */
struct image {
    uint64_t base;
    char name[4096];
};

static void examine(int mem, const struct mapping *mapping, unsigned slot_size,
                    uint64_t near, struct maps *maps, unsigned *budget, struct image *image)
{
    bool is_vdso = strcmp(mapping->name, "[vdso]") == 0 && !without("vdso");
    uint64_t slot, base;

    if (mapping->offset == 0) {
        image->base = mapping->start;
        snprintf(image->name, sizeof image->name, "%s", mapping->name);
    }
    base = strcmp(image->name, mapping->name) == 0 ? image->base : 0;
    if (proc_is_shim(mapping->name))
        maps->has_shim = true;
    if (strcmp(mapping->permissions, "r-xp") != 0)
        return;
    if (is_vdso || (mapping->name[0] == '/' && maps->slot == 0)) {
        slot = find_slot(mem, mapping, base, is_vdso, slot_size);
        if (slot != 0 && (near == 0 || stub_reaches(slot, near)))
            maps->slot = slot; /* the vDSO's, which comes last, before the others */
    } else if (mapping->name[0] == '\0' || strncmp(mapping->name, "[anon:", 6) == 0) {
        find_pages(mem, mapping, maps, budget);
    }
}

bool maps_read(pid_t pid, int mem, unsigned slot_size, uint64_t near, struct maps *maps)
{
    char *line = NULL;
    struct image image = {0};
    unsigned budget = MOST_PAGES;
    size_t size = 0;
    FILE *file;

    *maps = (struct maps){0};
    file = fopen(proc_path(pid, 0, "maps").text, "re");
    if (file == NULL)
        return false;
    while (getline(&line, &size, file) >= 0) {
        struct mapping mapping;

        line[strcspn(line, "\n")] = '\0';
        if (maps_parse_line(line, &mapping))
            examine(mem, &mapping, slot_size, near, maps, &budget, &image);
    }
    free(line);
    fclose(file);
    return true;
}
