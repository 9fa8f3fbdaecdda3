/* SPDX-License-Identifier: MIT
 *
 * Broken writes of several kinds, compiled into a library and into a program.
 */
#ifndef PROBE_WRITER_H
#define PROBE_WRITER_H

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

long library_writes(const char *how, int fd);

static inline long writes(const char *how, int fd)
{
    /* volatile: a tail call would leave no return address in this object. */
    volatile long result = -2;
    FILE *stream;

    if (strcmp(how, "write") == 0)
        result = write(fd, "x", 1);
    else if (strcmp(how, "dprintf") == 0)
        result = dprintf(fd, "x");
    else if (strcmp(how, "syscall") == 0)
        result = syscall(SYS_write, fd, "x", 1);
    else if ((stream = fdopen(fd, "w")) != NULL && fputs("x", stream) >= 0)
        result = fflush(stream);
    return result;
}

#endif
