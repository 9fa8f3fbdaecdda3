/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <elf.h>
#include <errno.h>
#include <paths.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "graft/machine.h"
#include "shebang.h"

/* How many interpreters of interpreters the kernel follows.  After env it counts from 0
 * again, but nobody nests more than this. */
enum { SHEBANG_DEPTH = 5 };

/* Takes what stat says of target->path; 0, or why it cannot be executed. */
static int examine(struct target *target)
{
    struct stat st;

    if (stat(target->path, &st) != 0)
        return errno;
    if (!S_ISREG(st.st_mode))
        return EACCES;
    /* What everybody may execute needs no question; a mount that forbids it exec knows. */
    if ((st.st_mode & 0111) != 0111 && access(target->path, X_OK) != 0)
        return EACCES;
    target->mode = st.st_mode;
    target->owner = st.st_uid;
    target->group = st.st_gid;
    return 0;
}

int target_find(const char *program, struct target *target)
{
    const char *list = getenv("PATH");
    int best = ENOENT;

    if (*program == '\0')
        return ENOENT;
    if (strchr(program, '/')) {
        if (snprintf(target->path, PATH_MAX, "%s", program) >= PATH_MAX)
            return ENAMETOOLONG;
        return examine(target);
    }
    if (list == NULL)
        list = "/bin:/usr/bin"; /* execvp's own default */
    for (;;) {
        int length = (int)strcspn(list, ":");
        int error = ENAMETOOLONG;

        if (snprintf(target->path, PATH_MAX, "%.*s%s%s", length, list, length ? "/" : "",
                     program) < PATH_MAX)
            error = examine(target);
        if (error == 0)
            return 0;
        if (error == EACCES)
            best = EACCES;
        if (list[length] == '\0')
            return best;
        list += length + 1;
    }
}

static void read_path(int fd, struct target *target)
{
    struct statvfs fs;

    target->elf = elf_read(fd);
    if (!target->elf.has_interpreter) {
        /* The loader itself has no interpreter, but preloads. */
        target->elf.loader = elf_loader_named(target->path);
        target->elf.has_interpreter = target->elf.loader != LOADER_NONE;
    }
    target->has_capabilities =
        target->caller != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0;
    target->gives_rights =
        (target->has_capabilities || (target->mode & (S_ISUID | S_ISGID)) != 0) &&
        (fstatvfs(fd, &fs) != 0 || !(fs.f_flag & ST_NOSUID));
}

int target_read_fd(int fd, struct target *target)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return errno;
    target->mode = st.st_mode;
    target->owner = st.st_uid;
    target->group = st.st_gid;
    read_path(fd, target);
    return 0;
}

/* If FD is a script, puts what is run for it instead of target->path; *ERROR is what
 * is wrong with that. */
static bool follow_script(int fd, struct target *target, int *error)
{
    char head[SHEBANG_SIZE];
    char name[SHEBANG_SIZE];
    ssize_t n = pread(fd, head, sizeof head, 0);
    struct shebang shebang;

    if (n < 0 || !shebang_parse(head, (size_t)n, &shebang))
        return false;
    target->is_script = true;
    if (!shebang_env_name(&shebang, name) || target_find(name, target) != 0)
        strcpy(target->path, shebang.interpreter);
    *error = examine(target);
    return true;
}

int target_read(const char *program, struct target *target)
{
    int error;

    memset(target, 0, sizeof *target);
    target->fd = -1;
    target->caller = (uid_t)getauxval(AT_UID);
    target->caller_group = (gid_t)getauxval(AT_GID);
    error = target_find(program, target);
    memcpy(target->file, target->path, sizeof target->file);
    for (int depth = 0; error == 0 && depth <= SHEBANG_DEPTH; depth++) {
        int fd = elf_open(target->path);

        if (fd < 0) {
            target->is_unreadable = errno == EACCES;
            return target->is_unreadable ? 0 : errno;
        }
        read_path(fd, target);
        if (!target->elf.is_elf && !follow_script(fd, target, &error)) {
            if (target->is_script) {
                close(fd);
                return 0;
            }
            /* As execvp does where the kernel knows nothing to do with the file. */
            target->is_script = true;
            strcpy(target->path, _PATH_BSHELL);
            error = examine(target);
        }
        if (target->elf.is_elf) {
            target->fd = fd; /* a close before exec would be a system call more */
            return 0;
        }
        close(fd);
    }
    return error != 0 ? error : ELOOP;
}

/* Will exec give other rights than the caller's?  Then the kernel sets AT_SECURE
 * and the loader takes no preload object from the environment. */
static enum target_refusal raises_rights(const struct target *target)
{
    if (!target->gives_rights || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        return TARGET_OK;
    if ((target->mode & S_ISUID) && target->owner != target->caller)
        return TARGET_SETUID;
    if ((target->mode & S_ISGID) && (target->mode & S_IXGRP) &&
        target->group != target->caller_group)
        return TARGET_SETUID;
    if (target->caller != 0 && target->has_capabilities)
        return TARGET_CAPABILITIES;
    return TARGET_OK;
}

enum target_refusal target_check(const struct target *target, const struct shim *shim)
{
    const struct elf *elf = &target->elf;
    /* Of a loader that is run itself nothing is known but its name. */
    bool alone =
        !elf->has_interpreter ||
        (elf->loader == LOADER_MUSL && elf->interpreter[0] != '\0' && !elf->needs_library);

    if (target->is_unreadable || !elf->is_elf)
        return TARGET_OK;
    if (alone && elf->is_go && !elf->is_broken)
        return TARGET_GO;
    if (!elf->has_interpreter && !elf->is_broken &&
        machine_is_known(elf->class == ELFCLASS32, (unsigned)elf->machine)) {
        enum target_refusal refusal = raises_rights(target);

        return refusal == TARGET_OK ? TARGET_ENTERED : refusal;
    }
    if (shim->other_abi)
        return TARGET_OTHER_ABI;
    if (elf->is_broken)
        return TARGET_BROKEN;
    if (alone)
        return elf->has_interpreter ? TARGET_NO_LIBC : TARGET_STATIC;
    if (shim->other_libc)
        return TARGET_OTHER_LIBC;
    return raises_rights(target);
}

bool target_lacks_loader(const struct target *target)
{
    return !target->is_elsewhere && target->elf.interpreter[0] != '\0' &&
           access(target->elf.interpreter, F_OK) != 0;
}

const char *target_explain(enum target_refusal refusal)
{
    switch (refusal) {
    case TARGET_OK:
        break;
    case TARGET_GO:
        return "has the runtime of Go, which needs no shim";
    case TARGET_ENTERED:
        return "is statically linked, and entered by epipe at its exec";
    case TARGET_UNTRACEABLE:
        return "is statically linked, and cannot be traced, to be entered at its exec";
    case TARGET_NO_LIBC:
        return "loads no C library, so the shim can do nothing in it";
    case TARGET_STATIC: /* LCOV_EXCL_START: no graft/ for the architecture */
        return "is statically linked, so the shim cannot be loaded into it";
    case TARGET_SETUID: /* LCOV_EXCL_STOP */
        return "is setuid or setgid, so the loader would drop the shim";
    case TARGET_CAPABILITIES:
        return "has file capabilities, so the loader would drop the shim";
    case TARGET_OTHER_ABI:
        return "is for another architecture or word size than the shim";
    case TARGET_OTHER_LIBC:
        return "is for musl, and there is no shim for musl here";
    case TARGET_BROKEN:
        return "is a damaged ELF file, which cannot be executed";
    case TARGET_NO_LOADER:
        return "needs a loader that does not exist here";
    case TARGET_SHIM_BROKEN:
        return "would run without the shim, which is not a shared object";
    }
    return "fits";
}
