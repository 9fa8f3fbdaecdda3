/* SPDX-License-Identifier: MIT
 *
 * elf-file.c reads an ELF file of either class and byte order by bounded parts.
 */
#ifndef EPIPE_ELF_FILE_H
#define EPIPE_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ELF_PAGE = 4096 }; /* the longest table that is read */

struct elf_file_part {
    uint64_t offset;
    size_t size;
    unsigned char bytes[2 * ELF_PAGE];
};

/* The file, and how numbers are written in it. */
struct elf_file {
    int fd;
    bool wide; /* ELFCLASS64 */
    bool big;  /* most significant byte first */
    uint64_t segments, count;
    struct elf_file_part head; /* with the headers, and in small programs most of the rest */
    struct elf_file_part part; /* what was read last */
};

struct elf_file_segment {
    uint64_t offset, size, address;
};

/* Where a member is in the two classes, and how long it is there. */
struct elf_file_member {
    uint8_t at32, size32, at64, size64;
};

#define ELF_MEMBER(type, name)                                                            \
    ((struct elf_file_member){                                                            \
        offsetof(Elf32_##type, name), sizeof(((Elf32_##type *)0)->name),                  \
        offsetof(Elf64_##type, name), sizeof(((Elf64_##type *)0)->name)})
#define ELF_SIZE(file, type) ((file)->wide ? sizeof(Elf64_##type) : sizeof(Elf32_##type))
#define ELF_GET(file, record, type, name)                                                 \
    elf_file_get((file), (record), ELF_MEMBER(type, name))

/* The member NAME of RECORD, an Elf32_TYPE or Elf64_TYPE: ELF_GET. */
uint64_t elf_file_get(const struct elf_file *file, const unsigned char *record,
                      struct elf_file_member member);

/* Begins with the file FD; its head is read.  Offsets of FD stay. */
void elf_file_begin(struct elf_file *file, int fd);

/* All SIZE bytes at OFFSET, until the next call; NULL if they are not in the file, or
 * more than ELF_PAGE. */
const unsigned char *elf_file_at(struct elf_file *file, uint64_t offset, size_t size);

/* Are there program headers, as many as the kernel takes, and all of them in the file? */
bool elf_file_has_segments(struct elf_file *file);

/* The segment of this type that has NTH others before it; false if there is none. */
bool elf_file_segment(struct elf_file *file, unsigned type, unsigned nth,
                      struct elf_file_segment *segment);

/* Is there this name among those of the sections?  They are nothing to the kernel: anything
 * may be wrong with them, and then there is none. */
bool elf_file_has_section(struct elf_file *file, const char *name);

/* What stands in that section, at most ELF_PAGE of it, until the next call; NULL: nothing. */
const unsigned char *elf_file_section(struct elf_file *file, const char *name, size_t *size);

#endif
