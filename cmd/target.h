/* SPDX-License-Identifier: MIT
 *
 * target.c tells where a program is, what is run for it, and whether the shim can be
 * loaded into that: static, setuid and foreign programs take no preload object, and
 * would run unprotected without a word.
 */
#ifndef EPIPE_TARGET_H
#define EPIPE_TARGET_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "elf.h"
#include "find-shim.h"

/* The program that runs in the end: for a script, its interpreter. */
struct target {
    char file[PATH_MAX]; /* what was asked for, as it was found */
    char path[PATH_MAX];
    struct elf elf;
    int fd; /* of PATH, where it is ELF and target_read() has succeeded; or -1.  Exec closes it. */
    bool is_unreadable; /* it may be executed but not read: nothing below is known */
    bool is_script;     /* PATH is the interpreter of what was asked for */
    mode_t mode;
    uid_t owner;
    gid_t group;
    bool has_capabilities; /* of the file, that mean something to the caller */
    bool gives_rights; /* by these or by its mode; false on a file system mounted nosuid */
    bool is_elsewhere; /* paths in it are those of another file system */
    uid_t caller;      /* whose rights it is compared with */
    gid_t caller_group;
};

enum target_refusal {
    TARGET_OK,
    TARGET_GO,          /* nothing to load the shim into, and no need to */
    TARGET_ENTERED,     /* static, and epipe can enter it at its exec */
    TARGET_UNTRACEABLE, /* static, and it cannot, since nobody may trace it */
    TARGET_STATIC,
    TARGET_NO_LIBC, /* its loader is musl's, and it needs no library */
    TARGET_SETUID,
    TARGET_CAPABILITIES, /* of the file */
    TARGET_OTHER_ABI,    /* another word size or architecture than the shim's */
    TARGET_OTHER_LIBC,   /* its loader is musl's, and there is no shim for musl */
    TARGET_BROKEN,       /* ELF, and no kernel executes it */
    TARGET_NO_LOADER,    /* its loader does not exist */
    TARGET_SHIM_BROKEN   /* the shim's file is not a shared object */
};

/* Does epipe start such a program with its handler, whichever way? */
static inline bool target_can_start(enum target_refusal refusal)
{
    return refusal == TARGET_OK || refusal == TARGET_ENTERED;
}

/* Finds PROGRAM as execvp would and writes its path, mode and owner.  Returns 0, or the
 * errno that exec would give: ENOENT, EACCES, ... */
int target_find(const char *program, struct target *target);

/* Finds PROGRAM and looks at it and, if it is a script, at its interpreters, also
 * through env(1); without `#!` at the shell.  Returns 0, or what is wrong with the file
 * whose name then stands in target->path: ENOENT, EACCES, ELOOP where scripts are nested
 * too deep, ...  Whether the file system lets it be executed is not asked. */
int target_read(const char *program, struct target *target);

/* Looks at the open file FD, which is not taken for a script, by the rights of
 * target->caller.  Returns 0 or an errno. */
int target_read_fd(int fd, struct target *target);

/* Can the shim that was located for the target be preloaded into it?  What is neither a
 * script nor ELF, and what cannot be read, is left to exec to judge, and fits.  So is a
 * loader that does not exist. */
enum target_refusal target_check(const struct target *target, const struct shim *shim);

/* Then exec fails by ENOENT. */
bool target_lacks_loader(const struct target *target);

/* "is statically linked, so ..." */
const char *target_explain(enum target_refusal refusal);

#endif
