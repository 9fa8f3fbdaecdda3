/* SPDX-License-Identifier: MIT
 *
 * The shim is searched at
 *
 *     BUILD/.libs/SHIM, BUILD/musl/SHIM    in the build tree
 *     EXEC_PREFIX/LIB/libepipe/SHIM        installed; EXEC_PREFIX/LIB is $(libdir)
 *     .../musl/SHIM                        beside that, for musl
 *
 * configure knows whether LIB is what glibc's loaders make of $LIB: PRELOAD says so.
 */
#include "find-shim.h"

#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define SHIM "libepipe-preload.so"

static bool is_readable(char path[static PATH_MAX], const char *root, int length,
                        const char *rest)
{
    return snprintf(path, PATH_MAX, "%.*s%s", length, root, rest) < PATH_MAX &&
           access(path, R_OK) == 0;
}

/* Installed below the first LENGTH bytes of ROOT. */
static bool is_installed(struct shim *shim, const char *root, int length)
{
    return is_readable(shim->path, root, length, PKGLIBDIR "/" SHIM) &&
           snprintf(shim->entry, PATH_MAX, "%.*s%s", length, root, PRELOAD) < PATH_MAX;
}

/* Is a shim where SELF, the path of this program, stands, or installed with it?  *ROOT is
 * the length of what is before the configured directories, -1 in the build tree. */
static bool find_beside(const char *self, struct shim *shim, int *root)
{
    const char *slash = strrchr(self, '/');
    int length = slash != NULL ? (int)(slash - self) : 0;

    *root = length - (int)strlen(BINDIR);
    if (*root >= 0 && strncmp(self + *root, BINDIR "/", strlen(BINDIR "/")) == 0 &&
        is_installed(shim, self, *root))
        return true;
    *root = -1;
    if (slash == NULL || !is_readable(shim->path, self, length, "/.libs/" SHIM))
        return false;
    memcpy(shim->entry, shim->path, sizeof shim->entry);
    return true;
}

/* Puts an installed shim for another word size instead of ours, if there is one in
 * the directories that distributions have.  LCOV_EXCL_START: t/packages.t, not by gcov */
static bool find_other_abi(const struct elf *target, struct shim *shim, const char *self,
                           int root)
{
    static const char *const directories[] = {"lib",
                                              "lib/x86_64-linux-gnu",
                                              "lib/i386-linux-gnu",
                                              "lib/x86_64-linux-gnux32",
                                              "lib32",
                                              "lib/aarch64-linux-gnu",
                                              "lib/arm-linux-gnueabihf",
                                              "libx32",
                                              "lib64",
                                              "lib/s390x-linux-gnu",
                                              "lib/powerpc64-linux-gnu"};
    static char path[PATH_MAX];

    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        struct elf elf;

        if (snprintf(path, sizeof path, "%.*s%s/%s/libepipe/%s", root, self, EXEC_PREFIX,
                     directories[i], SHIM) >= PATH_MAX)
            continue;
        elf = elf_at(path);
        if (!elf.is_elf || !elf_same_abi(&elf, target))
            continue;
        if (strstr(shim->entry, "/$LIB/") == NULL)
            memcpy(shim->entry, path, sizeof path);
        memcpy(shim->path, path, sizeof path);
        return true;
    }
    return false;
}
/* LCOV_EXCL_STOP */

/* Puts the shim for musl in the place of ours, if it is there. */
static bool change_to_musl(struct shim *shim, bool is_in_build_tree)
{
    static char musl[PATH_MAX];
    int length = (int)(strrchr(shim->path, '/') - shim->path);

    if (is_in_build_tree)
        length -= (int)strlen("/.libs");
    if (!is_readable(musl, shim->path, length, "/musl/" SHIM))
        return false;
    memcpy(shim->path, musl, sizeof musl); /* LCOV_EXCL_START: t/musl.t, not by gcov */
    memcpy(shim->entry, musl, sizeof musl);
    return true;
} /* LCOV_EXCL_STOP */

bool find_shim(const struct elf *target, struct shim *shim)
{
    static char self[PATH_MAX]; /* past symbolic links, where that is asked */
    const struct elf own = elf_own();
    const char *name = (const char *)getauxval(AT_EXECFN);
    int root;

    shim->is_musl = target->loader == LOADER_MUSL;
    shim->other_libc = false;
    if (name == NULL || name[0] != '/' || !find_beside(name, shim, &root)) {
        name = self;
        if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
            self[0] = '\0';
        if (!find_beside(self, shim, &root)) {
            root = 0;
            if (!is_installed(shim, self, 0))
                return false;
        }
    }
    shim->other_abi = target->is_elf && !elf_same_abi(target, &own) &&
                      (root < 0 || !find_other_abi(target, shim, name, root));
#ifdef __GLIBC__
    if (shim->is_musl)
        shim->other_libc = !change_to_musl(shim, root < 0);
#endif
    return true;
}
