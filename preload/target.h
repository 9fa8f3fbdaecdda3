/* SPDX-License-Identifier: MIT
 *
 * What the epipe command knows of its target: where it is, what is run for it, and
 * whether the shim can be loaded into that.
 */
#ifndef EPIPE_TARGET_H
#define EPIPE_TARGET_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "image.h"
#include "locate.h"

/* The program that runs in the end: for a script, its interpreter. */
struct target {
    char path[PATH_MAX];
    struct image image;
    bool is_unreadable; /* it may be executed but not read: nothing below is known */
    bool is_script;     /* PATH is the interpreter of what was asked for */
    mode_t mode;
    uid_t owner;
    gid_t group;
    bool has_capabilities; /* of the file */
    bool gives_rights;     /* by these; false on a file system mounted nosuid */
    bool is_elsewhere;     /* paths in it are those of another file system */
    uid_t caller; /* whose rights it is compared with: by default this process's */
    gid_t caller_group;
};

enum target_refusal {
    TARGET_FITS,
    TARGET_STATIC,
    TARGET_SETUID,
    TARGET_CAPABILITIES, /* of the file */
    TARGET_OTHER_ABI,    /* another word size or architecture than the shim's */
    TARGET_OTHER_LIBC,   /* its loader is musl's, and there is no shim for musl */
    TARGET_BROKEN,       /* ELF, and no kernel executes it */
    TARGET_NO_LOADER,    /* its loader does not exist */
    TARGET_SHIM_BROKEN   /* the shim itself cannot be read */
};

/* Finds PROGRAM as execvp would and writes its path.  Returns 0, or the errno
 * that exec would give: ENOENT, EACCES, ... */
int target_find(const char *program, char path[static PATH_MAX]);

/* Looks at the file at PATH and, if it is a script, at its interpreters, also
 * through env(1); without `#!` at the shell.  Returns 0, or what is wrong with the file
 * whose name then stands in target->path: ENOENT, EACCES, ELOOP where scripts are nested
 * too deep, ... */
int target_look(const char *path, struct target *target);

/* The same for the open file FD, which is not taken for a script. */
int target_look_at(int fd, struct target *target);

/* Can the shim that was located for the target be preloaded into it?  What is neither a
 * script nor ELF, and what cannot be read, is left to exec to judge, and fits. */
enum target_refusal target_check(const struct target *target, const struct shim *shim);

/* "is statically linked, so ..." */
const char *target_explain(enum target_refusal refusal);

#endif
