/* SPDX-License-Identifier: MIT
 *
 * What the epipe command knows of its target: where it is, and whether the shim
 * can be loaded into it.
 */
#ifndef EPIPE_TARGET_H
#define EPIPE_TARGET_H

#include <limits.h>

/* Finds PROGRAM as execvp would and writes its path.  Returns 0, or the errno
 * that exec would give: ENOENT, EACCES, ... */
int target_find(const char *program, char path[static PATH_MAX]);

enum target_refusal {
    TARGET_FITS,
    TARGET_STATIC,
    TARGET_SETUID,
    TARGET_CAPABILITIES, /* of the file */
    TARGET_OTHER_ABI,    /* another word size or architecture than the shim's */
    TARGET_SHIM_BROKEN   /* the shim itself cannot be read */
};

/* Can the object SHIM be preloaded into the program at PATH?  A script is
 * followed to its interpreter, whose path is then written over PATH.  What is
 * neither a script nor ELF is left to exec to judge, and fits. */
enum target_refusal target_check(char path[static PATH_MAX], const char *shim);

/* "is statically linked, so ..." */
const char *target_explain(enum target_refusal refusal);

#endif
