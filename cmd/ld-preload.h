/* SPDX-License-Identifier: MIT
 *
 * ld-preload.c puts the shim into a value of LD_PRELOAD.
 */
#ifndef EPIPE_LD_PRELOAD_H
#define EPIPE_LD_PRELOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "find-shim.h"

/* Can LD_PRELOAD hold this path?  Its entries end with colons and blanks, and it
 * expands what follows a $. */
bool ld_preload_fits(const char *path);

/* How many bytes ld_preload_add() writes at most. */
size_t ld_preload_room(const char *before, const struct shim *shim, const char *first);

/* Writes to TO what LD_PRELOAD is to be where it was BEFORE, which may be NULL: with the
 * shim at the end, unless it is there as it is or as its path, which is the same without
 * $LIB.  Takes every other shim out, by its file's name: two copies in one process would
 * both count and write, each knowing half.  (musl's loader expands no $LIB, so a name with
 * that in it is nothing to it, and stays for the children of other libcs.)  Where FIRST is
 * not empty, the library of this name comes first. */
void ld_preload_add(char *to, const char *before, const struct shim *shim, const char *first);

#endif
