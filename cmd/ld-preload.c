/* SPDX-License-Identifier: MIT */
#include "ld-preload.h"

#include <stdio.h>
#include <string.h>

bool ld_preload_fits(const char *path)
{
    return strpbrk(path, ": \t$") == NULL;
}

size_t ld_preload_room(const char *before, const struct shim *shim, const char *first)
{
    return strlen(first) + strlen(before != NULL ? before : "") + strlen(shim->entry) + 3;
}

static bool is(const char *word, size_t length, const char *text)
{
    return strlen(text) == length && memcmp(word, text, length) == 0;
}

/* The same without directories. */
static bool is_named(const char *word, size_t length, const char *name)
{
    const char *slash = memrchr(word, '/', length);
    size_t skipped = slash != NULL ? (size_t)(slash + 1 - word) : 0;

    return is(word + skipped, length - skipped, name);
}

/* ENTRY, with the loader's other notation of $LIB. */
static bool is_in_braces(const char *word, size_t length, const char *entry)
{
    static const char braced[] = "${LIB}";
    const char *lib = strstr(entry, "$LIB");
    size_t before = lib != NULL ? (size_t)(lib - entry) : 0;

    return lib != NULL && length > before + strlen(braced) &&
           memcmp(word, entry, before) == 0 &&
           memcmp(word + before, braced, strlen(braced)) == 0 &&
           is(word + before + strlen(braced), length - before - strlen(braced), lib + 4);
}

void ld_preload_add(char *to, const char *before, const struct shim *shim, const char *first)
{
    const char *name = strrchr(shim->path, '/') + 1;
    const char *start = to;
    bool found = false;
    /* With a separator of its own, what was there stays as it is, even if that was nothing. */
    bool separate = before != NULL || *first != '\0';

    if (before == NULL)
        before = "";
    if (*first != '\0' && !is_named(before, strcspn(before, ": "), first))
        to = stpcpy(stpcpy(to, first), *before != '\0' ? ":" : "");
    for (const char *word = before; *word != '\0';) {
        size_t length = strcspn(word, ": ");
        size_t step = length + (word[length] != '\0');
        bool ours = is(word, length, shim->entry) || is(word, length, shim->path) ||
                    is_in_braces(word, length, shim->entry);
        bool unknown = shim->is_musl && memchr(word, '$', length) != NULL;

        found = found || ours;
        if (ours || unknown || !is_named(word, length, name)) {
            to = mempcpy(to, word, step);
            separate = true;
        } else { /* whose place it takes */
            separate = to != start && to[-1] != ':' && to[-1] != ' ';
        }
        word += step;
    }
    *to = '\0';
    if (!found)
        strcpy(stpcpy(to, separate ? ":" : ""), shim->entry);
}
