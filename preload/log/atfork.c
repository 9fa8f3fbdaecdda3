/* SPDX-License-Identifier: MIT
 *
 * One handler of fork looks for threads before it, and another one tells the child.
 */
#include "atfork.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

static const char *single_threaded; /* glibc's */

static _Thread_local bool has_threads; /* as this thread forks */
static bool among_threads;

static void before(void)
{
    has_threads = !*single_threaded;
}

static void in_child(void)
{
    among_threads = among_threads || has_threads;
}

void atfork_start(void)
{
    /* What libc's static part makes of pthread_atfork.  musl's shim, which may be in a
     * program for glibc, could not be linked with that. */
    void *symbol = dlsym(RTLD_DEFAULT, "__register_atfork");
    int (*register_atfork)(void (*before)(void), void (*in_parent)(void),
                           void (*in_child)(void), void *object);

    memcpy(&register_atfork, &symbol, sizeof symbol);
    single_threaded = dlsym(RTLD_DEFAULT, "__libc_single_threaded");
    if (register_atfork != NULL && single_threaded != NULL)
        register_atfork(before, NULL, in_child, NULL);
}

bool atfork_among_threads(void)
{
    return among_threads;
}
