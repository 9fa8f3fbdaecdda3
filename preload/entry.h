/* SPDX-License-Identifier: MIT
 *
 * The shim's entry in LD_PRELOAD.
 */
#ifndef EPIPE_ENTRY_H
#define EPIPE_ENTRY_H

#include <limits.h>
#include <stdbool.h>

/* Puts $LIB into the path of an installed shim, in the place of what the glibc loader
 * in the file LOADER makes of it: a child for another word size then finds the shim
 * for its own.  The path stays as it is where that cannot be.  IS_OURS: it is our own
 * loader, which is asked as well. */
void entry_spell(char entry[static PATH_MAX], const char *loader, bool is_ours);

/* Can LD_PRELOAD hold this path?  Its entries end with colons and blanks, and it
 * expands what follows a $. */
bool entry_fits(const char *path);

/* Appends ENTRY to what LD_PRELOAD holds, unless it is there as it is or as PATH,
 * which is the same without $LIB.  Takes every other shim out, by its file's name: two
 * copies in one process would both count and write, each knowing half.  IS_MUSL: the
 * loader for which this is expands no $LIB, so a name with that in it is nothing to it,
 * and stays for the children of other libcs.  False if memory is short. */
bool entry_add(const char *entry, const char *path, bool is_musl);

#endif
