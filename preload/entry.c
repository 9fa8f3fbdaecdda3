/* SPDX-License-Identifier: MIT
 *
 * The shim's entry in LD_PRELOAD.
 */
#include "entry.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Does the file hold this string, with a NUL on either side?  A loader holds what it
 * makes of $LIB, and no other relative directory. */
static bool file_holds(const char *path, const char *string)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    char needle[PATH_MAX + 2] = "";
    bool found = false;
    struct stat st;

    if (fd < 0)
        return false;
    snprintf(needle + 1, sizeof needle - 1, "%s", string);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        size_t size = (size_t)st.st_size;
        void *text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

        if (text != MAP_FAILED) {
            found = memmem(text, size, needle, strlen(string) + 2) != NULL;
            munmap(text, size);
        }
    }
    close(fd);
    return found;
}

/* RTLD_NOLOAD: the loader expands the name, opens the file, looks at its ELF header,
 * and loads nothing.  A musl one fails. */
static bool our_loader_finds(const char *entry)
{
    dlerror();
    return dlopen(entry, RTLD_LAZY | RTLD_NOLOAD) != NULL || dlerror() == NULL;
}

void entry_spell(char entry[static PATH_MAX], const char *loader, bool is_ours)
{
    const char *file = strrchr(entry, '/');
    const char *end = memrchr(entry, '/', (size_t)(file - entry));
    const char *start = end;
    char lib[PATH_MAX], spelled[PATH_MAX];

    /* The last directory before libepipe/, or the last two. */
    for (int i = 0; i < 2 && start != NULL && start > entry; i++) {
        start = memrchr(entry, '/', (size_t)(start - entry));
        if (start == NULL)
            return;
        snprintf(lib, sizeof lib, "%.*s", (int)(end - start - 1), start + 1);
        if (!file_holds(loader, lib) ||
            snprintf(spelled, sizeof spelled, "%.*s/$LIB%s", (int)(start - entry), entry,
                     end) >= PATH_MAX ||
            (is_ours && !our_loader_finds(spelled)))
            continue;
        memcpy(entry, spelled, sizeof spelled);
        return;
    }
}

bool entry_fits(const char *path)
{
    return strpbrk(path, ": \t$") == NULL;
}

static bool is(const char *word, size_t length, const char *path)
{
    return strlen(path) == length && memcmp(word, path, length) == 0;
}

/* ENTRY, with the loader's other notation of $LIB. */
static bool is_in_braces(const char *word, size_t length, const char *entry)
{
    const char *lib = strstr(entry, "$LIB");
    char braced[PATH_MAX + 2];

    if (lib == NULL)
        return false;
    snprintf(braced, sizeof braced, "%.*s${LIB}%s", (int)(lib - entry), entry, lib + 4);
    return is(word, length, braced);
}

/* Is it a copy of the shim, with directories or without, that this loader finds? */
static bool is_a_shim(const char *word, size_t length, const char *path, bool is_musl)
{
    const char *name = strrchr(path, '/') + 1;
    const char *slash = memrchr(word, '/', length);
    const char *own_name = slash != NULL ? slash + 1 : word;

    if (is_musl && memchr(word, '$', length) != NULL)
        return false;
    return is(own_name, (size_t)(word + length - own_name), name);
}

bool entry_add(const char *entry, const char *path, bool is_musl)
{
    const char *before = getenv("LD_PRELOAD");
    size_t room = strlen(entry) + 2;
    bool found = false, set;
    char *value, *to;

    if (before == NULL)
        before = "";
    value = malloc(strlen(before) + room);
    if (value == NULL)
        return false;
    to = value;
    for (const char *word = before; *word != '\0';) {
        size_t length = strcspn(word, ": ");
        size_t step = length + (word[length] != '\0');

        bool ours = is(word, length, entry) || is(word, length, path) ||
                    is_in_braces(word, length, entry);

        found = found || ours;
        if (ours || !is_a_shim(word, length, path, is_musl))
            to = mempcpy(to, word, step);
        word += step;
    }
    if (!found) {
        if (to != value && to[-1] != ':' && to[-1] != ' ')
            *to++ = ':';
        to = mempcpy(to, entry, strlen(entry));
    }
    *to = '\0';
    set = setenv("LD_PRELOAD", value, 1) == 0;
    free(value);
    return set;
}
