/* SPDX-License-Identifier: MIT
 *
 * dlopened LIBRARY PLUGIN...: loads those plugins that the loader takes, which use up the
 * static thread-local storage, then LIBRARY, which is libepipe, and uses it.  Prints what
 * came of it: "allocated" tells of calls of malloc by the handler in a thread without
 * scopes, and by its scopes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broken-fd.h"
#include <epipe.h>

static int (*enter)(struct epipe_scope *);
static int (*leave)(struct epipe_scope *);
static int (*process_enter)(int);
static int (*process_leave)(void);
static int (*install)(void);
static int dead_fd;

/* Instead of libc's, for the loader as well. */
static atomic_uint allocations;

#define COUNTED __attribute__((visibility("default")))

static void *allocate(size_t size)
{
    static _Alignas(64) char heap[16 << 20];
    static atomic_size_t used;
    size_t at = atomic_fetch_add(&used, (size + 127) / 64 * 64);
    char *block = heap + at + 64;

    allocations++;
    if (at + size + 64 > sizeof heap)
        abort();
    memcpy(block - sizeof size, &size, sizeof size);
    return block;
}

COUNTED void *malloc(size_t size) { return allocate(size); }
COUNTED void free(void *block) { (void)block; }
COUNTED void *calloc(size_t n, size_t size) { return allocate(n * size); }

COUNTED void *aligned_alloc(size_t alignment, size_t size)
{
    return alignment <= 64 ? allocate(size) : NULL;
}

COUNTED void *realloc(void *block, size_t size)
{
    void *larger = allocate(size);
    size_t before;

    if (block == NULL)
        return larger;
    memcpy(&before, (char *)block - sizeof before, sizeof before);
    return memcpy(larger, block, before < size ? before : size);
}

static void find(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);

    if (found == NULL) {
        printf("no %s\n", name);
        exit(1);
    }
    memcpy(function, &found, sizeof found);
}

static int is_broken(void) { return write(dead_fd, "", 1) < 0 && errno == EPIPE; }

static int in_a_scope(void)
{
    struct epipe_scope scope;
    int broken;

    if (enter(&scope) != 0)
        return -1;
    broken = is_broken();
    return leave(&scope) == broken ? broken : -1;
}

static unsigned by_handler, by_scope, by_second_scope;

/* The thread's first contact with the library is the handler. */
static void *measure(void *unused)
{
    unsigned before = allocations;
    int broken = is_broken();

    by_handler = allocations - before;
    before = allocations;
    broken += in_a_scope();
    by_scope = allocations - before;
    before = allocations;
    broken += in_a_scope();
    by_second_scope = allocations - before;
    (void)unused;
    return broken == 3 ? &dead_fd : NULL;
}

int main(int argc, char **argv)
{
    void *library, *result = NULL;
    pthread_t thread;
    int plugins = 0;

    dead_fd = broken_fd("pipe");
    for (int i = 2; i < argc; i++)
        plugins += dlopen(argv[i], RTLD_NOW) != NULL;
    printf("plugins: %d\n", plugins);
    library = dlopen(argv[1], RTLD_NOW);
    if (library == NULL) {
        printf("refused: %s\n", dlerror());
        return 3;
    }
    find(library, "epipe_scope_enter", &enter);
    find(library, "epipe_scope_leave", &leave);
    find(library, "epipe_install", &install);
    find(library, "epipe_process_enter", &process_enter);
    find(library, "epipe_process_leave", &process_leave);
    printf("default scope: %d\n", in_a_scope());
    if (install() != 0 || process_enter(0) != 0)
        return 1;
    if (pthread_create(&thread, NULL, measure, NULL) != 0 || pthread_join(thread, &result) != 0)
        return 1;
    printf("allocated: handler %u, scope %u, second scope %u\n", by_handler, by_scope,
           by_second_scope);
    printf("thread: %s\n", result != NULL ? "ok" : "wrong");
    if (process_leave() != 0)
        return 1;
    printf("installed scope: %d\n", in_a_scope());
    return 0;
}
