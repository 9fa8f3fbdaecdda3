/* SPDX-License-Identifier: MIT
 *
 * A look at the target before exec: static, setuid and foreign programs take no
 * preload object, and would run unprotected without a word.
 */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "image.h"

/* How many interpreters the kernel follows, a script's script's and so on. */
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

/* Writes the interpreter of the script FD over PATH; false if it is no script. */
static bool script_interpreter(int fd, char path[static PATH_MAX])
{
    char head[256 + 1]; /* what the kernel looks at */
    ssize_t n = pread(fd, head, sizeof head - 1, 0);
    const char *start;

    if (n < 3 || head[0] != '#' || head[1] != '!')
        return false;
    head[n] = '\0';
    head[strcspn(head, "\n")] = '\0';
    start = head + 2 + strspn(head + 2, " \t");
    snprintf(path, PATH_MAX, "%.*s", (int)strcspn(start, " \t"), start);
    return true;
}

/* Will exec of ST give other rights than the caller's?  Then the kernel sets
 * AT_SECURE and the loader takes no preload object from the environment. */
static enum target_refusal raises_rights(int fd, const struct stat *st)
{
    if ((st->st_mode & S_ISUID) && st->st_uid != getuid())
        return TARGET_SETUID;
    if ((st->st_mode & S_ISGID) && (st->st_mode & S_IXGRP) && st->st_gid != getgid())
        return TARGET_SETUID;
    if (getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0)
        return TARGET_CAPABILITIES;
    return TARGET_FITS;
}

static enum target_refusal check_image(const struct image *target, const char *shim_path)
{
    struct image shim = {0};
    int fd = open(shim_path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        shim = image_read(fd);
        close(fd);
    }
    if (!shim.is_elf)
        return TARGET_SHIM_BROKEN;
    if (target->is_elf && !image_same_abi(target, &shim))
        return TARGET_OTHER_ABI;
    if (target->is_elf && !target->has_interpreter)
        return TARGET_STATIC;
    return TARGET_FITS;
}

enum target_refusal target_check(char path[static PATH_MAX], const char *shim)
{
    for (int depth = 0; depth <= SCRIPT_DEPTH; depth++) {
        enum target_refusal refusal = TARGET_FITS;
        struct image image;
        struct stat st;
        bool script;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

        if (fd < 0)
            return TARGET_FITS; /* executable but not readable, or exec will say */
        script = script_interpreter(fd, path);
        if (!script) {
            image = image_read(fd);
            if (!image.has_interpreter) {
                /* The loader itself has no interpreter, but preloads. */
                image.loader = image_loader_named(path);
                image.has_interpreter = image.loader != LOADER_NONE;
            }
            refusal = check_image(&image, shim);
            if (refusal == TARGET_FITS && fstat(fd, &st) == 0)
                refusal = raises_rights(fd, &st);
        }
        close(fd);
        if (!script)
            return refusal;
    }
    return TARGET_FITS;
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
    case TARGET_SHIM_BROKEN:
        return "would run without the shim, which is not a shared object";
    }
    return "fits";
}
