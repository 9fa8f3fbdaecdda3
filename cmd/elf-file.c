/* SPDX-License-Identifier: MIT */
#include "elf-file.h"

#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { SEGMENT_BYTES = 65536 }; /* of program headers: the kernel's own bound */

uint64_t elf_file_get(const struct elf_file *file, const unsigned char *record,
                      struct elf_file_member member)
{
    const unsigned char *bytes = record + (file->wide ? member.at64 : member.at32);
    unsigned size = file->wide ? member.size64 : member.size32;
    uint64_t number = 0;

    for (unsigned i = 0; i < size; i++)
        number = number << 8 | bytes[file->big ? i : size - 1 - i];
    return number;
}

/* Begins at a page: what is asked for next often stands a little before. */
static void read_part(const struct elf_file *file, struct elf_file_part *part, uint64_t offset)
{
    uint64_t start = offset - offset % ELF_PAGE;
    ssize_t n = (off_t)start >= 0 && (uint64_t)(off_t)start == start
                    ? pread(file->fd, part->bytes, sizeof part->bytes, (off_t)start)
                    : -1;

    part->offset = start;
    part->size = n > 0 ? (size_t)n : 0;
}

static const unsigned char *find(const struct elf_file_part *part, uint64_t offset, size_t size)
{
    uint64_t skipped = offset - part->offset;

    return skipped <= part->size && size <= part->size - skipped ? part->bytes + skipped : NULL;
}

void elf_file_begin(struct elf_file *file, int fd)
{
    file->fd = fd;
    file->part.size = 0;
    read_part(file, &file->head, 0);
    file->wide = file->head.size > EI_CLASS && file->head.bytes[EI_CLASS] == ELFCLASS64;
    file->big = file->head.size > EI_DATA && file->head.bytes[EI_DATA] == ELFDATA2MSB;
}

const unsigned char *elf_file_at(struct elf_file *file, uint64_t offset, size_t size)
{
    const unsigned char *bytes = find(&file->head, offset, size);

    if (bytes == NULL && (bytes = find(&file->part, offset, size)) == NULL) {
        read_part(file, &file->part, offset);
        bytes = find(&file->part, offset, size);
    }
    return bytes;
}

bool elf_file_has_segments(struct elf_file *file)
{
    const unsigned char *header = file->head.bytes;
    size_t size = ELF_SIZE(file, Phdr);

    file->segments = ELF_GET(file, header, Ehdr, e_phoff);
    file->count = ELF_GET(file, header, Ehdr, e_phnum);
    return ELF_GET(file, header, Ehdr, e_phentsize) == size && file->count > 0 &&
           file->count <= SEGMENT_BYTES / size &&
           elf_file_at(file, file->segments + (file->count - 1) * size, size) != NULL;
}

bool elf_file_segment(struct elf_file *file, unsigned type, unsigned nth,
                      struct elf_file_segment *segment)
{
    size_t size = ELF_SIZE(file, Phdr);

    for (uint64_t i = 0; i < file->count; i++) {
        const unsigned char *header = elf_file_at(file, file->segments + i * size, size);

        if (header == NULL)
            return false;
        if (ELF_GET(file, header, Phdr, p_type) != type || nth-- > 0)
            continue;
        segment->offset = ELF_GET(file, header, Phdr, p_offset);
        segment->size = ELF_GET(file, header, Phdr, p_filesz);
        segment->address = ELF_GET(file, header, Phdr, p_vaddr);
        return true;
    }
    return false;
}

static const unsigned char *section_header(struct elf_file *file, uint64_t index)
{
    size_t size = ELF_SIZE(file, Shdr);

    if (file->head.size < ELF_SIZE(file, Ehdr))
        return NULL;
    return elf_file_at(file, ELF_GET(file, file->head.bytes, Ehdr, e_shoff) + index * size,
                       size);
}

static const unsigned char *section_contents(struct elf_file *file,
                                             const unsigned char *header, size_t *size)
{
    uint64_t all = header != NULL ? ELF_GET(file, header, Shdr, sh_size) : 0;

    *size = all < ELF_PAGE ? (size_t)all : ELF_PAGE;
    return all > 0 ? elf_file_at(file, ELF_GET(file, header, Shdr, sh_offset), *size) : NULL;
}

/* Where NAME stands among the names of sections, or -1. */
static int find_name(struct elf_file *file, const char *name)
{
    const unsigned char *header =
        section_header(file, ELF_GET(file, file->head.bytes, Ehdr, e_shstrndx));
    size_t size;
    const unsigned char *names = section_contents(file, header, &size);
    const unsigned char *found =
        names != NULL ? memmem(names, size, name, strlen(name) + 1) : NULL;

    return found != NULL ? (int)(found - names) : -1;
}

bool elf_file_has_section(struct elf_file *file, const char *name)
{
    return find_name(file, name) >= 0;
}

const unsigned char *elf_file_section(struct elf_file *file, const char *name, size_t *size)
{
    uint64_t count = ELF_GET(file, file->head.bytes, Ehdr, e_shnum);
    const unsigned char *header;
    int at = find_name(file, name);

    if (at < 0)
        return NULL;
    for (uint64_t i = 0; i < count && (header = section_header(file, i)) != NULL; i++)
        if (ELF_GET(file, header, Shdr, sh_name) == (uint64_t)at)
            return section_contents(file, header, size);
    return NULL;
}
