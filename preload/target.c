/* SPDX-License-Identifier: MIT
 *
 * A look at the target before exec: static, setuid and foreign programs take no
 * preload object, and would run unprotected without a word.
 */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "script.h"

/* How many interpreters the kernel follows, a script's script's and so on; for env
 * it begins anew, but nobody nests more than this. */
enum { SCRIPT_DEPTH = 5 };

static int try_path(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return errno;
    if (!S_ISREG(st.st_mode) || access(path, X_OK) != 0)
        return EACCES;
    return 0;
}

int target_find(const char *program, char path[static PATH_MAX])
{
    const char *list = getenv("PATH");
    int best = ENOENT;

    if (*program == '\0')
        return ENOENT;
    if (strchr(program, '/')) {
        if (snprintf(path, PATH_MAX, "%s", program) >= PATH_MAX)
            return ENAMETOOLONG;
        return try_path(path);
    }
    if (list == NULL)
        list = "/bin:/usr/bin"; /* execvp's own default */
    for (;;) {
        int length = (int)strcspn(list, ":");
        int error = ENAMETOOLONG;

        if (snprintf(path, PATH_MAX, "%.*s%s%s", length, list, length ? "/" : "", program) <
            PATH_MAX)
            error = try_path(path);
        if (error == 0)
            return 0;
        if (error == EACCES)
            best = EACCES;
        if (list[length] == '\0')
            return best;
        list += length + 1;
    }
}

int target_look_at(int fd, struct target *target)
{
    struct statvfs fs;
    struct stat st;

    if (fstat(fd, &st) != 0)
        return errno;
    if (!S_ISREG(st.st_mode))
        return EACCES;
    target->image = image_read(fd);
    if (!target->image.has_interpreter) {
        /* The loader itself has no interpreter, but preloads. */
        target->image.loader = image_loader_named(target->path);
        target->image.has_interpreter = target->image.loader != LOADER_NONE;
    }
    target->mode = st.st_mode;
    target->owner = st.st_uid;
    target->group = st.st_gid;
    target->has_capabilities = fgetxattr(fd, "security.capability", NULL, 0) > 0;
    target->gives_rights = fstatvfs(fd, &fs) != 0 || !(fs.f_flag & ST_NOSUID);
    target->caller = getuid();
    target->caller_group = getgid();
    return 0;
}

/* If FD is a script, puts what is run for it in the place of target->path. */
static bool follow_script(int fd, struct target *target)
{
    char head[SCRIPT_HEAD];
    char name[SCRIPT_HEAD];
    ssize_t n = pread(fd, head, sizeof head, 0);
    struct script script;

    if (n < 0 || !script_parse(head, (size_t)n, &script))
        return false;
    target->is_script = true;
    if (!script_env_name(&script, name) || target_find(name, target->path) != 0)
        snprintf(target->path, sizeof target->path, "%s", script.interpreter);
    return true;
}

int target_look(const char *path, struct target *target)
{
    *target = (struct target){0};
    if (snprintf(target->path, sizeof target->path, "%s", path) >= PATH_MAX)
        return ENAMETOOLONG;
    for (int depth = 0; depth <= SCRIPT_DEPTH; depth++) {
        int error = try_path(target->path);
        int fd;

        if (error != 0)
            return error;
        fd = open(target->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0) {
            target->is_unreadable = errno == EACCES;
            return target->is_unreadable ? 0 : errno;
        }
        if (follow_script(fd, target)) {
            close(fd);
            continue;
        }
        error = target_look_at(fd, target);
        close(fd);
        if (error != 0 || target->image.is_elf || target->is_script)
            return error;
        /* As execvp does where the kernel knows nothing to do with the file. */
        target->is_script = true;
        strcpy(target->path, _PATH_BSHELL);
    }
    return ELOOP;
}

/* Will exec give other rights than the caller's?  Then the kernel sets AT_SECURE
 * and the loader takes no preload object from the environment. */
static enum target_refusal raises_rights(const struct target *target)
{
    if (!target->gives_rights || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        return TARGET_FITS;
    if ((target->mode & S_ISUID) && target->owner != target->caller)
        return TARGET_SETUID;
    if ((target->mode & S_ISGID) && (target->mode & S_IXGRP) &&
        target->group != target->caller_group)
        return TARGET_SETUID;
    if (target->caller != 0 && target->has_capabilities)
        return TARGET_CAPABILITIES;
    return TARGET_FITS;
}

static struct image read_shim(const char *path)
{
    struct image image = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        image = image_read(fd);
        close(fd);
    }
    return image;
}

enum target_refusal target_check(const struct target *target, const struct shim *located)
{
    struct image shim = read_shim(located->path);
    const struct image *image = &target->image;

    if (!shim.is_elf)
        return TARGET_SHIM_BROKEN;
    if (target->is_unreadable || !image->is_elf)
        return TARGET_FITS;
    if (!image_same_abi(image, &shim))
        return TARGET_OTHER_ABI;
    if (image->is_broken)
        return TARGET_BROKEN;
    if (!image->has_interpreter)
        return TARGET_STATIC;
    if (located->other_libc)
        return TARGET_OTHER_LIBC;
    if (!target->is_elsewhere && image->interpreter[0] != '\0' &&
        access(image->interpreter, F_OK) != 0)
        return TARGET_NO_LOADER;
    return raises_rights(target);
}

const char *target_explain(enum target_refusal refusal)
{
    switch (refusal) {
    case TARGET_FITS:
        break;
    case TARGET_STATIC:
        return "is statically linked, so the shim cannot be loaded into it";
    case TARGET_SETUID:
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
