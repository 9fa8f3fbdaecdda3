/* SPDX-License-Identifier: MIT
 *
 * Address to library.  dladdr and dl_iterate_phdr take the loader's lock, which
 * the interrupted code may hold; _dl_find_object (glibc 2.35) and a read of
 * /proc/self/maps do not.
 */
#include "module.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "origin.h"

/* The beginning of glibc's struct dl_find_object; the rest is larger on some
 * architectures. */
struct found_object {
    unsigned long long flags;
    void *map_start;
    void *map_end;
    struct link_map *map;
    void *rest[12];
};

static int (*find_object)(void *address, struct found_object *found);
static int (*unwind)(void **buffer, int size);

static char program[MODULE_NAME];

const char *module_program(void)
{
    return program;
}

static void look_up(const char *name, void *function)
{
    void *symbol = dlsym(RTLD_DEFAULT, name);

    memcpy(function, &symbol, sizeof symbol);
}

void module_start(bool want_unwind)
{
    void *warm[4];

    strncpy(program, program_invocation_short_name, sizeof program - 1);
    look_up("_dl_find_object", &find_object);
    /* Without _dl_find_object the unwinder takes the loader's lock as well. */
    if (want_unwind && find_object != NULL)
        look_up("backtrace", &unwind);
    if (unwind != NULL)
        unwind(warm, 4);
}

/* PATH is "" for the program itself. */
static void base_name(char name[static MODULE_NAME], const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;

    if (*base == '\0')
        base = program;
    strncpy(name, base, MODULE_NAME - 1);
    name[MODULE_NAME - 1] = '\0';
}

/* Takes one line of /proc/self/maps apart: START-END perms offset dev inode PATH. */
static bool line_covers(char *line, uintptr_t address, char name[static MODULE_NAME],
                        uintptr_t *offset)
{
    char *rest;
    unsigned long start = strtoul(line, &rest, 16);
    unsigned long end = *rest == '-' ? strtoul(rest + 1, &rest, 16) : 0;
    unsigned long file_offset;

    if (address < start || address >= end)
        return false;
    rest = strchr(rest + 1, ' ');
    file_offset = rest ? strtoul(rest, &rest, 16) : 0;
    rest = rest ? strchr(rest, '/') : NULL;
    if (rest == NULL)
        return false;
    base_name(name, rest);
    if (offset != NULL)
        *offset = address - start + file_offset;
    return true;
}

static bool name_from_maps(uintptr_t address, char name[static MODULE_NAME], uintptr_t *offset)
{
    char text[1024];
    size_t held = 0;
    bool found = false;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    while (!found) {
        long n = syscall(SYS_read, fd, text + held, sizeof text - 1 - held);
        char *end;

        if (n <= 0)
            break;
        held += (size_t)n;
        text[held] = '\0';
        while (!found && (end = memchr(text, '\n', held)) != NULL) {
            *end = '\0';
            found = line_covers(text, address, name, offset);
            held -= (size_t)(end + 1 - text);
            memmove(text, end + 1, held);
        }
        if (held == sizeof text - 1)
            held = 0; /* a path longer than the buffer: not a library's */
    }
    syscall(SYS_close, fd);
    return found;
}

bool module_name(const void *address, char name[static MODULE_NAME], uintptr_t *offset)
{
    struct found_object found;

    if (find_object == NULL)
        return name_from_maps((uintptr_t)address, name, offset);
    if (find_object((void *)(uintptr_t)address, &found) != 0)
        return false;
    base_name(name, found.map->l_name);
    if (offset != NULL)
        *offset = (uintptr_t)address - found.map->l_addr;
    return true;
}

static void *object_start(const void *address)
{
    struct found_object found;

    return find_object((void *)(uintptr_t)address, &found) == 0 ? found.map_start : NULL;
}

const void *module_caller(const void *context)
{
    struct origin o = origin_read(context);
    void *frames[48];
    int count = unwind != NULL && o.known ? unwind(frames, 48) : 0;
    const void *libc = count > 0 ? object_start((const void *)(uintptr_t)getpid) : NULL;
    int i = 0;

    while (i < count && (uintptr_t)frames[i] != o.pc)
        i++; /* the handler's own frames */
    for (; i < count; i++)
        if (object_start(frames[i]) != libc)
            return frames[i];
    return NULL;
}
