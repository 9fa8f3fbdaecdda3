/* SPDX-License-Identifier: MIT
 *
 * dladdr and dl_iterate_phdr take the loader's lock, which the interrupted code may hold;
 * _dl_find_object (glibc 2.35) and a read of /proc/thread-self/maps do not.
 */
#include "dso.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/core/number.h"
#include "lib/core/ucontext.h"
#include "private-fd.h"

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
static pid_t (*libc_getpid)(void); /* never called: its address says where libc is */

static char program[DSO_NAME];

const char *dso_program(void)
{
    return program;
}

/* In libc itself: the program, or a library of its, may have a function of its own by
 * such a name. */
static void look_up(const char *name, void *function)
{
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    void *symbol = libc != NULL ? dlsym(libc, name) : NULL;

    memcpy(function, &symbol, sizeof symbol);
}

void dso_start(bool want_unwind)
{
    void *warm[4];

    strncpy(program, program_invocation_short_name, sizeof program - 1);
    look_up("_dl_find_object", &find_object);
    /* Without _dl_find_object the unwinder takes the loader's lock as well, and 32-bit
     * ARM's does in any case.  In a forked child a thread of its parent's may hold it. */
#ifdef __arm__
    want_unwind = false;
#endif
    if (want_unwind && find_object != NULL)
        look_up("backtrace", &unwind);
    look_up("getpid", &libc_getpid);
    if (unwind != NULL)
        unwind(warm, 4);
}

/* PATH is "" for the program itself. */
static void base_name(char name[static DSO_NAME], const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;

    if (*base == '\0')
        base = program;
    strncpy(name, base, DSO_NAME - 1);
    name[DSO_NAME - 1] = '\0';
}

/* LCOV_EXCL_START: a libc without _dl_find_object: t/musl.t */

/* Takes one line of /proc/thread-self/maps apart: START-END perms offset dev inode PATH. */
static bool line_covers(const char *line, uintptr_t address, char name[static DSO_NAME],
                        uintptr_t *offset)
{
    const char *rest = line;
    unsigned long start = number_read(&rest, 16);
    unsigned long end = *rest++ == '-' ? number_read(&rest, 16) : 0;
    unsigned long file_offset;

    if (address < start || address >= end)
        return false;
    rest = *rest == ' ' ? strchr(rest + 1, ' ') : NULL; /* behind the permissions */
    if (rest == NULL)
        return false;
    rest++;
    file_offset = number_read(&rest, 16);
    rest = strchr(rest, '/');
    if (rest == NULL)
        return false;
    base_name(name, rest);
    if (offset != NULL)
        *offset = address - start + file_offset;
    return true;
}

/* noinline: its buffer is not for stacks that do without it. */
static __attribute__((noinline)) bool
name_from_maps(uintptr_t address, char name[static DSO_NAME], uintptr_t *offset)
{
    char text[1024];
    size_t held = 0;
    bool found = false;
    struct private_fd maps;

    /* Not the process's, which are those of its first thread, and that may have ended. */
    if (!private_fd_open(&maps, "/proc/thread-self/maps", O_RDONLY))
        return false;
    while (!found) {
        long n = syscall(SYS_read, maps.fd, text + held, sizeof text - 1 - held);
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
    private_fd_close(&maps);
    return found;
}
/* LCOV_EXCL_STOP */

bool dso_name(const void *address, char name[static DSO_NAME], uintptr_t *offset)
{
    struct found_object found;

    if (find_object == NULL)
        return name_from_maps((uintptr_t)address, name, offset); /* LCOV_EXCL_LINE: as above */
    if (find_object((void *)(uintptr_t)address, &found) != 0)
        return false;
    base_name(name, found.map->l_name);
    if (offset != NULL)
        *offset = (uintptr_t)address - found.map->l_addr;
    return true;
}

bool dso_map(const void *address, struct dso_map *map)
{
    struct found_object found;

    if (find_object == NULL || find_object((void *)(uintptr_t)address, &found) != 0)
        return false;
    *map = (struct dso_map){found.map, (uintptr_t)found.map_start, (uintptr_t)found.map_end};
    return true;
}

static uintptr_t object_start(const void *address)
{
    struct dso_map map;

    return dso_map(address, &map) ? map.start : 0;
}

bool dso_is_shim(const void *address)
{
    return object_start(address) == object_start(program);
}

bool dso_is_libc(const void *address)
{
    uintptr_t start = object_start(address);

    return start != 0 && start == object_start((const void *)(uintptr_t)libc_getpid);
}

bool dso_is_vdso(const void *address)
{
    uintptr_t start = object_start(address);

    return start != 0 && start == object_start((const void *)getauxval(AT_SYSINFO_EHDR));
}

int dso_stack(const void *context, const void **frames, int count, bool *cut)
{
    struct decoded_context o = ucontext_read(context);
    int found = unwind != NULL && o.known ? unwind((void **)(uintptr_t)frames, count) : 0;
    int own = 0;

    *cut = found == count;
    while (own < found && (uintptr_t)frames[own] != o.pc)
        own++; /* the handler's */
    for (int i = own; i < found; i++)
        frames[i - own] = frames[i];
    return found - own;
}
