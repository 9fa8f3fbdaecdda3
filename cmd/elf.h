/* SPDX-License-Identifier: MIT
 *
 * elf.c tells what an ELF file says of the program in it.  The file may be anything:
 * nothing in it is believed without a bound.
 */
#ifndef EPIPE_ELF_H
#define EPIPE_ELF_H

#include <stdbool.h>

enum { ELF_INTERPRETER = 256, ELF_SONAME = 64 };

enum elf_loader {
    LOADER_NONE, /* static, or static-pie */
    LOADER_GLIBC,
    LOADER_MUSL,
    LOADER_OTHER /* bionic, uClibc, ... */
};

struct elf {
    bool is_elf;
    bool is_broken;       /* ELF, and the kernel would refuse to execute it */
    int class;            /* ELFCLASS32, ELFCLASS64 */
    int order;            /* ELFDATA2LSB, ELFDATA2MSB */
    int machine;          /* EM_X86_64, ... */
    bool has_interpreter; /* PT_INTERP */
    bool is_pie;          /* position-independent: ET_DYN */
    bool is_go;           /* the main program is the Go runtime's */
    bool needs_library;   /* DT_NEEDED */
    enum elf_loader loader;
    char interpreter[ELF_INTERPRETER]; /* empty without one, or if it is longer */
    const char *runtime; /* of a language, which ignores SIGPIPE; NULL: none is known */
    char sanitizer[ELF_SONAME]; /* the runtime that it needs, which has to come first
                                     in LD_PRELOAD; empty without one */
};

/* Reads what is at FD, by pread alone: FD may be at any offset and stays there.
 * A file that cannot be read, or is no ELF file, gives is_elf = false.  Allocates
 * nothing; a pread for the headers and one for each table that is not behind them.
 * Not thread-safe: its buffers are static, for small stacks. */
struct elf elf_read(int fd);

/* Opens whatever is at PATH for that: it does not wait, and children do not have it.  Returns a
 * descriptor, or -1 with errno. */
int elf_open(const char *path);

/* The same of the file at PATH. */
struct elf elf_at(const char *path);

/* Is TEXT in the section .comment of the file at PATH, where a compiler leaves its name? */
bool elf_has_comment(const char *path, const char *text);

/* The ABI of this program; the rest is empty. */
struct elf elf_own(void);

/* Would an object for ONE run in a process of OTHER? */
bool elf_same_abi(const struct elf *one, const struct elf *other);

/* Which loader the file at PATH is, by its name; LOADER_NONE if it is not one. */
enum elf_loader elf_loader_named(const char *path);

/* "x86-64", "aarch64", ..., or "machine 1234". In a static buffer for the latter. */
const char *elf_machine(const struct elf *elf);

#endif
