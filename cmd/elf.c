/* SPDX-License-Identifier: MIT
 *
 * Not libelf: that one allocates for each section that a file claims to have, which for a
 * sparse file of a few blocks is gigabytes.
 */
#include "elf.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "elf-file.h"

enum { ALIKE = 8 }; /* segments of one type that are looked at */

/* The loader's path, as the kernel takes it: the last byte is the NUL. */
static bool read_interpreter(struct elf_file *file, struct elf *elf)
{
    struct elf_file_segment segment;
    const unsigned char *text;

    elf->has_interpreter = elf_file_segment(file, PT_INTERP, 0, &segment);
    if (!elf->has_interpreter)
        return true;
    if (segment.size < 2 || segment.size > ELF_PAGE)
        return false;
    text = elf_file_at(file, segment.offset, (size_t)segment.size);
    if (text == NULL || text[segment.size - 1] != '\0')
        return false;
    if (segment.size <= sizeof elf->interpreter)
        memcpy(elf->interpreter, text, (size_t)segment.size);
    elf->loader = elf_loader_named(elf->interpreter);
    if (elf->loader == LOADER_NONE)
        elf->loader = LOADER_OTHER;
    return true;
}

/* Go's build ID, by which the shim knows it as well. */
static bool has_go_note(struct elf_file *file)
{
    enum { HEADER = sizeof(Elf32_Nhdr), NAME = 4 };
    struct elf_file_segment notes;

    for (unsigned i = 0; i < ALIKE && elf_file_segment(file, PT_NOTE, i, &notes); i++) {
        const unsigned char *note = elf_file_at(file, notes.offset, (size_t)notes.size);

        for (uint64_t size; note != NULL && notes.size >= HEADER + NAME; note += size) {
            if (ELF_GET(file, note, Nhdr, n_type) == 4 &&
                ELF_GET(file, note, Nhdr, n_namesz) == NAME &&
                memcmp(note + HEADER, "Go\0", NAME) == 0)
                return true;
            size = HEADER + (ELF_GET(file, note, Nhdr, n_namesz) + 3) / 4 * 4 +
                   (ELF_GET(file, note, Nhdr, n_descsz) + 3) / 4 * 4;
            if (size > notes.size)
                break;
            notes.size -= size;
        }
    }
    return false;
}

/* What a library that is needed says: of a sanitizer's runtime, that it ends a program in
 * which another library comes before it; of others, whose program it is. */
static void read_soname(struct elf *elf, const char *soname)
{
    static const struct {
        const char *pattern, *runtime;
    } known[] = {
        {"lib[atl]san.so.[0-9]*", NULL}, {"libhwasan.so.[0-9]*", NULL},
        {"libclang_rt.*san*.so", NULL},  {"libpython3*.so*", "Python"},
        {"libjli.so*", "Java"},          {"libjvm.so*", "Java"},
        {"libnode.so*", "Node.js"},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (fnmatch(known[i].pattern, soname, 0) != 0)
            continue;
        if (known[i].runtime != NULL)
            elf->runtime = known[i].runtime;
        else if (elf->sanitizer[0] == '\0' && strpbrk(soname, ": \t$/") == NULL)
            strcpy(elf->sanitizer, soname);
    }
}

/* Where the file has what the program has at ADDRESS. */
static uint64_t offset_of(struct elf_file *file, uint64_t address)
{
    struct elf_file_segment load;

    for (unsigned i = 0; i < ALIKE && elf_file_segment(file, PT_LOAD, i, &load); i++)
        if (address - load.address < load.size)
            return load.offset + (address - load.address);
    return 0;
}

/* Whether the loader is to load libraries, and what they say. */
static void read_needed(struct elf_file *file, struct elf *elf)
{
    size_t size = ELF_SIZE(file, Dyn), names = 0;
    uint64_t needed[ELF_PAGE / sizeof(Elf64_Dyn) / 2], strings = 0;
    const unsigned char *table = NULL;
    struct elf_file_segment dynamic = {0};

    if (elf_file_segment(file, PT_DYNAMIC, 0, &dynamic)) {
        dynamic.size = dynamic.size < ELF_PAGE ? dynamic.size : ELF_PAGE;
        table = elf_file_at(file, dynamic.offset, (size_t)dynamic.size);
    }
    for (size_t i = 0; table != NULL && i + size <= dynamic.size; i += size) {
        uint64_t value = ELF_GET(file, table + i, Dyn, d_un);

        switch (ELF_GET(file, table + i, Dyn, d_tag)) {
        case DT_NEEDED:
            if (names < sizeof needed / sizeof *needed)
                needed[names++] = value;
            break;
        case DT_STRTAB:
            strings = value;
            break;
        }
    }
    elf->needs_library = names > 0;
    strings = names > 0 ? offset_of(file, strings) : 0;
    for (size_t i = 0; i < names; i++) {
        const unsigned char *name = elf_file_at(file, strings + needed[i], ELF_SONAME);

        if (name != NULL && memchr(name, '\0', ELF_SONAME) != NULL)
            read_soname(elf, (const char *)name);
    }
}

/* False where the kernel would refuse the file. */
static bool read_segments(struct elf_file *file, struct elf *elf)
{
    if (!elf_file_has_segments(file) || !read_interpreter(file, elf))
        return false;
    /* An option of Go's linker leaves the note out. */
    elf->is_go = has_go_note(file) ||
                 (!elf->has_interpreter && elf_file_has_section(file, ".go.buildinfo"));
    if (elf->has_interpreter)
        read_needed(file, elf);
    return true;
}

static struct elf_file file; /* for small stacks */

struct elf elf_read(int fd)
{
    struct elf elf = {0};
    const unsigned char *header = file.head.bytes;
    uint64_t type;

    elf_file_begin(&file, fd);
    if (file.head.size < EI_NIDENT || memcmp(header, ELFMAG, SELFMAG) != 0)
        return elf;
    elf.is_elf = true;
    elf.class = header[EI_CLASS];
    elf.order = header[EI_DATA];
    elf.machine = (int)ELF_GET(&file, header, Ehdr, e_machine);
    type = ELF_GET(&file, header, Ehdr, e_type);
    elf.is_pie = type == ET_DYN;
    elf.is_broken = (elf.class != ELFCLASS32 && elf.class != ELFCLASS64) ||
                    file.head.size < ELF_SIZE(&file, Ehdr) ||
                    (type != ET_EXEC && type != ET_DYN) || !read_segments(&file, &elf);
    return elf;
}

int elf_open(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

struct elf elf_at(const char *path)
{
    int fd = elf_open(path);
    struct elf elf = {0};

    if (fd >= 0) {
        elf = elf_read(fd);
        close(fd);
    }
    return elf;
}

bool elf_has_comment(const char *path, const char *text)
{
    int fd = elf_open(path);
    const unsigned char *comment = NULL;
    size_t size;

    if (fd < 0)
        return false;
    if (elf_read(fd).is_elf)
        comment = elf_file_section(&file, ".comment", &size);
    close(fd);
    return comment != NULL && memmem(comment, size, text, strlen(text)) != NULL;
}

struct elf elf_own(void)
{
    extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

    return (struct elf){.is_elf = true,
                        .class = __ehdr_start.e_ident[EI_CLASS],
                        .order = __ehdr_start.e_ident[EI_DATA],
                        .machine = __ehdr_start.e_machine};
}

bool elf_same_abi(const struct elf *one, const struct elf *other)
{
    return one->class == other->class && one->order == other->order &&
           one->machine == other->machine;
}

enum elf_loader elf_loader_named(const char *path)
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

const char *elf_machine(const struct elf *elf)
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
        if (names[i].machine == elf->machine)
            return names[i].name;
    snprintf(number, sizeof number, "machine %d", elf->machine);
    return number;
}
