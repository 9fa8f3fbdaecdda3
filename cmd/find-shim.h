/* SPDX-License-Identifier: MIT
 *
 * find-shim.c finds the shim for a program.
 */
#ifndef EPIPE_FIND_SHIM_H
#define EPIPE_FIND_SHIM_H

#include <limits.h>
#include <stdbool.h>

#include "elf.h"

struct shim {
    char path[PATH_MAX];
    char entry[PATH_MAX]; /* as LD_PRELOAD has it: the path, or one with $LIB in it */
    bool is_musl;         /* the target is for musl */
    bool other_libc;      /* there is no shim for musl, which the target is for */
    bool other_abi;       /* there is none for the target's word size or architecture */
};

/* Finds the shim for TARGET, which may be no ELF file: beside this program as in the
 * build tree, or in the library directory, under the same prefix as this program where
 * it has been moved.  Of those that are installed, the one for the target's word size
 * and libc; where there is none, the one for this program's.
 *
 * False with errno and the path that was tried last if there is no shim at all. */
bool find_shim(const struct elf *target, struct shim *shim);

#endif
