/* SPDX-License-Identifier: MIT
 *
 * interpose-fd.c interposes the calls that make pipes or put something on descriptors 1
 * and 2: what keeps the default action is decided by that.
 *
 * Thread-safe and async-signal-safe as the functions they stand before.
 */
#include "libc.h"
#include "protect.h"

API int pipe(int ends[2])
{
    protect_note_pipe();
    return LIBC(pipe)(ends);
}

int __pipe(int ends[2]) ALIAS_OF_LEAF(pipe);

API int pipe2(int ends[2], int flags)
{
    protect_note_pipe();
    return LIBC(pipe2)(ends, flags);
}

API FILE *popen(const char *command, const char *mode)
{
    protect_note_pipe();
    return LIBC(popen)(command, mode);
}

FILE *_IO_popen(const char *command, const char *mode) ALIAS(popen);

API int dup2(int from, int to)
{
    protect_note_fd(to);
    return LIBC(dup2)(from, to);
}

int __dup2(int from, int to) ALIAS_OF_LEAF(dup2);

API int dup3(int from, int to, int flags)
{
    protect_note_fd(to);
    return LIBC(dup3)(from, to, flags);
}
