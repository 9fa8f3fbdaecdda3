/* SPDX-License-Identifier: MIT
 *
 * Which shim is for the target.
 *
 *     BUILD/.libs/SHIM                     in the build tree
 *     PREFIX/LIB/libepipe/SHIM             installed; PREFIX/LIB is a library directory
 *     .../musl/SHIM                        beside either, for musl
 */
#include "locate.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "entry.h"

#define SHIM "libepipe-preload.so"
#define INSTALLED "/libepipe/" SHIM

static bool is_readable(char path[static PATH_MAX], const char *format, const char *a,
                        const char *b)
{
    return snprintf(path, PATH_MAX, format, a, b) < PATH_MAX && access(path, R_OK) == 0;
}

static struct image image_at(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct image image = {0};

    if (fd >= 0) {
        image = image_read(fd);
        close(fd);
    }
    return image;
}

/* This program; in a directory tree without /proc by the name that it was run by. */
static struct image own_image(void)
{
    struct image image = image_at("/proc/self/exe");
    const char *name = (const char *)getauxval(AT_EXECFN);

    return image.is_elf || name == NULL ? image : image_at(name);
}

/* Is this program in its build tree?  Else PATH is the installed shim, if that is
 * there: errno tells. */
static bool find_own(char path[static PATH_MAX], bool *in_build_tree)
{
    static const char installed[] = BINDIR "/";
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    size_t length;

    *in_build_tree = false;
    if (n > 0) {
        self[n] = '\0';
        strrchr(self, '/')[1] = '\0';
        *in_build_tree = is_readable(path, "%s.libs/%s", self, SHIM) ||
                         is_readable(path, "%s%s", self, SHIM);
        if (*in_build_tree)
            return true;
        length = strlen(self);
        if (length >= sizeof installed - 1 &&
            strcmp(self + length - (sizeof installed - 1), installed) == 0) {
            self[length - (sizeof installed - 1)] = '\0';
            if (is_readable(path, "%s%s", self, PKGLIBDIR "/" SHIM))
                return true;
        }
    }
    return is_readable(path, "%s/%s", PKGLIBDIR, SHIM);
}

/* The first of the shims that PATTERN names which is for the target. */
static bool find_matching(const char *pattern, const struct image *target,
                          char path[static PATH_MAX])
{
    bool found = false;
    glob_t shims;

    if (glob(pattern, 0, NULL, &shims) != 0)
        return false;
    for (size_t i = 0; i < shims.gl_pathc && !found; i++) {
        struct image shim = image_at(shims.gl_pathv[i]);

        found = shim.is_elf && image_same_abi(&shim, target) &&
                snprintf(path, PATH_MAX, "%s", shims.gl_pathv[i]) < PATH_MAX;
    }
    globfree(&shims);
    return found;
}

/* Puts an installed shim for another word size in the place of ours at PATH, if there is
 * one: in a library directory beside ours, where ours is PREFIX/lib64 or
 * PREFIX/lib/x86_64-linux-gnu. */
static void find_other_abi(const struct image *target, char path[static PATH_MAX])
{
    static const char *const directories[] = {"lib*", "lib/*"};
    char own[PATH_MAX], pattern[PATH_MAX];
    const char *end;

    memcpy(own, path, sizeof own);
    end = strstr(own, INSTALLED);
    for (int up = 0; end != NULL && up < 2; up++) {
        end = memrchr(own, '/', (size_t)(end - own));
        for (int i = 0; end != NULL && i < 2; i++) {
            snprintf(pattern, sizeof pattern, "%.*s/%s" INSTALLED, (int)(end - own), own,
                     directories[i]);
            if (find_matching(pattern, target, path))
                return;
        }
    }
}

/* Puts the musl one beside PATH in its place, if it is there. */
static bool change_to_musl(char path[static PATH_MAX])
{
    char directory[PATH_MAX], musl[PATH_MAX];

    snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(path, '/') - path), path);
    if (!is_readable(musl, "%s/musl/%s", directory, SHIM))
        return false;
    memcpy(path, musl, sizeof musl);
    return true;
}

bool locate_shim(const struct image *target, struct shim *shim)
{
    struct image self = own_image();
    bool same_abi = !target->is_elf || image_same_abi(target, &self);
    bool in_build_tree;

    memset(shim, 0, sizeof *shim);
    if (!find_own(shim->path, &in_build_tree))
        return false;
    if (!same_abi && !in_build_tree)
        find_other_abi(target, shim->path);
    shim->is_musl = target->loader == LOADER_MUSL;
    if (shim->is_musl && self.loader != LOADER_MUSL)
        shim->other_libc = !change_to_musl(shim->path);
    memcpy(shim->entry, shim->path, sizeof shim->entry);
    if (!in_build_tree && !shim->is_musl)
        entry_spell(shim->entry,
                    *target->interpreter ? target->interpreter : self.interpreter, same_abi);
    return true;
}
