/* SPDX-License-Identifier: MIT
 *
 * A bounded ELF reader.  Not libelf's: that one allocates for each section that a
 * file claims to have, which for a sparse file of a few blocks is gigabytes.
 */
#include "image.h"

#include <elf.h>
#include <fnmatch.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    SEGMENT_BYTES = 65536, /* of program headers: the kernel's own bound */
    SECTIONS = 1024        /* that are looked at; real programs have some fifty */
};

/* The file, and how numbers are written in it. */
struct source {
    int fd;
    bool wide; /* ELFCLASS64 */
    bool big;  /* most significant byte first */
};

/* Where a member is in the two classes, and how long it is there. */
struct member {
    uint8_t at32, size32, at64, size64;
};

#define MEMBER(type, name)                                                                \
    {                                                                                     \
        offsetof(Elf32_##type, name), sizeof(((Elf32_##type *)0)->name),                  \
            offsetof(Elf64_##type, name), sizeof(((Elf64_##type *)0)->name)               \
    }

static const struct member e_type = MEMBER(Ehdr, e_type);
static const struct member e_machine = MEMBER(Ehdr, e_machine);
static const struct member e_phoff = MEMBER(Ehdr, e_phoff);
static const struct member e_phentsize = MEMBER(Ehdr, e_phentsize);
static const struct member e_phnum = MEMBER(Ehdr, e_phnum);
static const struct member e_shoff = MEMBER(Ehdr, e_shoff);
static const struct member e_shentsize = MEMBER(Ehdr, e_shentsize);
static const struct member e_shnum = MEMBER(Ehdr, e_shnum);
static const struct member e_shstrndx = MEMBER(Ehdr, e_shstrndx);
static const struct member p_type = MEMBER(Phdr, p_type);
static const struct member p_offset = MEMBER(Phdr, p_offset);
static const struct member p_filesz = MEMBER(Phdr, p_filesz);
static const struct member sh_name = MEMBER(Shdr, sh_name);
static const struct member sh_offset = MEMBER(Shdr, sh_offset);
static const struct member sh_size = MEMBER(Shdr, sh_size);

static uint64_t get(const struct source *source, const void *record, struct member member)
{
    const unsigned char *bytes =
        (const unsigned char *)record + (source->wide ? member.at64 : member.at32);
    unsigned size = source->wide ? member.size64 : member.size32;
    uint64_t number = 0;

    for (unsigned i = 0; i < size; i++)
        number = number << 8 | bytes[source->big ? i : size - 1 - i];
    return number;
}

/* All SIZE bytes at OFFSET, or false.  A sum of offsets that has wrapped round reads
 * somewhere else in the file, which harms nobody. */
static bool read_at(const struct source *source, void *buffer, size_t size, uint64_t offset)
{
    return (off_t)offset >= 0 && (uint64_t)(off_t)offset == offset &&
           pread(source->fd, buffer, size, (off_t)offset) == (ssize_t)size;
}

/* The loader's path, as the kernel takes it: the last byte is the NUL. */
static bool read_interpreter(const struct source *source, const void *segment,
                             struct image *image)
{
    uint64_t size = get(source, segment, p_filesz);
    uint64_t offset = get(source, segment, p_offset);
    char last;

    if (size < 2 || size > 4096 || !read_at(source, &last, 1, offset + size - 1) || last != '\0')
        return false;
    if (size > sizeof image->interpreter)
        return true;
    if (!read_at(source, image->interpreter, (size_t)size, offset)) {
        image->interpreter[0] = '\0';
        return false;
    }
    return true;
}

/* False where the kernel would refuse the file. */
static bool read_segments(const struct source *source, const void *header, struct image *image)
{
    size_t size = source->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    uint64_t count = get(source, header, e_phnum);
    uint64_t offset = get(source, header, e_phoff);
    unsigned char segment[sizeof(Elf64_Phdr)];

    if (get(source, header, e_phentsize) != size || count == 0 || count > SEGMENT_BYTES / size)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        if (!read_at(source, segment, size, offset + i * size))
            return false;
        if (get(source, segment, p_type) == PT_INTERP && !image->has_interpreter) {
            image->has_interpreter = true;
            if (!read_interpreter(source, segment, image))
                return false;
        }
    }
    return true;
}

/* The sections that Go's linker makes.  The build ID can be left out by an option
 * of the linker, the build information was not there before Go 1.13. */
static bool names_go(const struct source *source, uint64_t offset)
{
    static const char info[] = ".go.buildinfo";
    static const char id[] = ".note.go.buildid";
    char name[sizeof id];

    return (read_at(source, name, sizeof id, offset) && memcmp(name, id, sizeof id) == 0) ||
           (read_at(source, name, sizeof info, offset) && memcmp(name, info, sizeof info) == 0);
}

static bool has_go_section(const struct source *source, const void *header)
{
    size_t size = source->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    uint64_t count = get(source, header, e_shnum);
    uint64_t offset = get(source, header, e_shoff);
    uint64_t names_index = get(source, header, e_shstrndx);
    unsigned char section[sizeof(Elf64_Shdr)];
    uint64_t names, names_size;

    if (get(source, header, e_shentsize) != size || names_index >= count ||
        !read_at(source, section, size, offset + names_index * size))
        return false;
    names = get(source, section, sh_offset);
    names_size = get(source, section, sh_size);
    for (uint64_t i = 1; i < count && i < SECTIONS; i++) {
        uint64_t name;

        if (!read_at(source, section, size, offset + i * size))
            return false;
        name = get(source, section, sh_name);
        if (name < names_size && names_go(source, names + name))
            return true;
    }
    return false;
}

struct image image_read(int fd)
{
    struct source source = {.fd = fd};
    struct image image = {0};
    unsigned char header[sizeof(Elf64_Ehdr)] = {0};
    ssize_t got = pread(fd, header, sizeof header, 0);
    uint64_t type;

    if (got < EI_NIDENT || memcmp(header, ELFMAG, SELFMAG) != 0)
        return image;
    image.is_elf = true;
    image.class = header[EI_CLASS];
    image.order = header[EI_DATA];
    source.wide = image.class == ELFCLASS64;
    source.big = image.order == ELFDATA2MSB;
    image.machine = (int)get(&source, header, e_machine);
    type = get(&source, header, e_type);
    image.is_pie = type == ET_DYN;
    image.is_broken = true;
    if ((image.class != ELFCLASS32 && image.class != ELFCLASS64) ||
        got < (ssize_t)(source.wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr)) ||
        (type != ET_EXEC && type != ET_DYN) || !read_segments(&source, header, &image))
        return image;
    image.is_broken = false;
    image.is_go = has_go_section(&source, header);
    if (image.has_interpreter) {
        image.loader = image_loader_named(image.interpreter);
        if (image.loader == LOADER_NONE)
            image.loader = LOADER_OTHER;
    }
    return image;
}

bool image_same_abi(const struct image *one, const struct image *other)
{
    return one->class == other->class && one->order == other->order &&
           one->machine == other->machine;
}

enum image_loader image_loader_named(const char *path)
{
    static const char *const glibc[] = {"ld-linux*.so.[0-9]*", "ld64.so.[0-9]*",
                                        "ld.so.[0-9]*", "ld-[0-9]*.so"};
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;

    if (fnmatch("ld-musl-*.so.[0-9]*", name, 0) == 0)
        return LOADER_MUSL;
    for (size_t i = 0; i < sizeof glibc / sizeof *glibc; i++)
        if (fnmatch(glibc[i], name, 0) == 0)
            return LOADER_GLIBC;
    return fnmatch("ld-*.so*", name, 0) == 0 ? LOADER_OTHER : LOADER_NONE;
}

const char *image_machine(const struct image *image)
{
    static const struct {
        int machine;
        const char *name;
    } names[] = {
        {EM_X86_64, "x86-64"},   {EM_386, "i386"},    {EM_AARCH64, "aarch64"},
        {EM_ARM, "arm"},         {EM_RISCV, "riscv"}, {EM_PPC64, "ppc64"},
        {EM_PPC, "ppc"},         {EM_S390, "s390"},   {EM_MIPS, "mips"},
        {EM_SPARCV9, "sparc64"},
    };
    static char number[32];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].machine == image->machine)
            return names[i].name;
    snprintf(number, sizeof number, "machine %d", image->machine);
    return number;
}
