/* SPDX-License-Identifier: MIT
 *
 * A look at the target before exec: static, setuid and foreign programs take no
 * preload object, and would run unprotected without a word.
 */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

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

/* Is PATH the loader itself?  It has no interpreter, but preloads. */
static bool is_loader(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;

    return fnmatch("ld-*.so*", name, 0) == 0 || fnmatch("ld*.so.[0-9]*", name, 0) == 0;
}

struct image {
    bool is_elf;
    bool has_interpreter;
    int class;
    int machine;
};

static struct image read_elf(int fd)
{
    struct image image = {0};
    Elf *elf;
    GElf_Ehdr header;
    size_t count = 0;

    elf_version(EV_CURRENT);
    elf = elf_begin(fd, ELF_C_READ, NULL);
    if (elf == NULL)
        return image;
    if (elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &header) != NULL) {
        image.is_elf = true;
        image.class = gelf_getclass(elf);
        image.machine = header.e_machine;
        if (elf_getphdrnum(elf, &count) != 0)
            count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr segment;

        if (gelf_getphdr(elf, (int)i, &segment) != NULL && segment.p_type == PT_INTERP)
            image.has_interpreter = true;
    }
    elf_end(elf);
    return image;
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
        shim = read_elf(fd);
        close(fd);
    }
    if (!shim.is_elf)
        return TARGET_SHIM_BROKEN;
    if (target->is_elf && (target->class != shim.class || target->machine != shim.machine))
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
            image = read_elf(fd);
            image.has_interpreter = image.has_interpreter || is_loader(path);
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
