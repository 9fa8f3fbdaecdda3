/* SPDX-License-Identifier: MIT
 *
 * What an ELF file says of the program in it.  The file may be anything: nothing
 * in it is believed without a bound.
 */
#ifndef EPIPE_IMAGE_H
#define EPIPE_IMAGE_H

#include <stdbool.h>

enum { IMAGE_INTERPRETER = 256 };

enum image_loader {
    LOADER_NONE, /* static, or static-pie */
    LOADER_GLIBC,
    LOADER_MUSL,
    LOADER_OTHER /* bionic, uClibc, ... */
};

struct image {
    bool is_elf;
    bool is_broken;       /* ELF, and the kernel would refuse to execute it */
    int class;            /* ELFCLASS32, ELFCLASS64 */
    int order;            /* ELFDATA2LSB, ELFDATA2MSB */
    int machine;          /* EM_X86_64, ... */
    bool has_interpreter; /* PT_INTERP */
    bool is_pie;          /* position-independent: ET_DYN */
    bool is_go;           /* holds the Go runtime */
    enum image_loader loader;
    char interpreter[IMAGE_INTERPRETER]; /* empty without one, or if it is longer */
};

/* Reads what is at FD, by pread alone: FD may be at any offset and stays there.
 * A file that cannot be read, or is no ELF file, gives is_elf = false.  Allocates
 * nothing; reads at most some hundred kilobytes, whatever the file says. */
struct image image_read(int fd);

/* Would an object for ONE run in a process of OTHER? */
bool image_same_abi(const struct image *one, const struct image *other);

/* By its name, which loader the file at PATH is; LOADER_NONE if it is none. */
enum image_loader image_loader_named(const char *path);

/* "x86-64", "aarch64", ..., or "machine 1234". In a static buffer for the latter. */
const char *image_machine(const struct image *image);

#endif
