/* SPDX-License-Identifier: MIT
 *
 * A shared library that has taken the amalgamation in, and hands out as COPY what it has.
 */
#define EPIPE_STATIC
#include "epipe.c"

#include "copies.h"

static long write_in_scope(int fd)
{
    EPIPE_GUARD;
    return (long)write(fd, "x", 1);
}

__attribute__((visibility("default"))) const struct copy COPY = {__FILE__,
                                                                 epipe_install,
                                                                 epipe_uninstall,
                                                                 epipe_process_enter,
                                                                 epipe_process_leave,
                                                                 write_in_scope};
