/* SPDX-License-Identifier: MIT
 *
 * A library that writes to descriptor VISITOR_FD when it is loaded and when it is unloaded,
 * for t/probe/environment-changes.c.
 */
#include <stdlib.h>
#include <unistd.h>

static void write_once(void)
{
    const char *fd = getenv("VISITOR_FD");

    if (fd != NULL && write(atoi(fd), "x", 1) >= 0)
        abort();
}

__attribute__((constructor)) static void arrive(void) { write_once(); }
__attribute__((destructor)) static void leave(void) { write_once(); }
