/* SPDX-License-Identifier: MIT
 *
 * own-functions [quiet | logged]: a program that has functions of its own by the names of some
 * of libc's, which the linker puts before libc's for every library.  None of them may be called
 * from a signal handler that the program knows nothing of, but for pthread_setcancelstate();
 * quiet: nothing is logged, and it may not be either; logged: it must be.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __clang__
#pragma GCC diagnostic ignored "-Wbuiltin-declaration-mismatch"
#endif

/* As a program may that does not include their headers. */
#define OWN(name)                                                                         \
    __attribute__((visibility("default"))) int name(void);                                \
    int name(void) { _exit(77); }

OWN(poll)
OWN(ppoll)
OWN(fstat)
OWN(open)
OWN(openat)
OWN(backtrace)
OWN(getpid)
OWN(pthread_sigmask)

static int is_quiet, is_logged, has_disabled;

__attribute__((visibility("default"))) int pthread_setcancelstate(int state, int *old);
int pthread_setcancelstate(int state, int *old)
{
    if (is_quiet)
        _exit(77);
    if (old != NULL)
        *old = state;
    has_disabled |= state == 1; /* PTHREAD_CANCEL_DISABLE */
    return 0;
}

int main(int argc, char **argv)
{
    int pair[2];

    is_quiet = argc > 1 && argv[1][0] == 'q';
    is_logged = argc > 1 && argv[1][0] == 'l';
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return 90;
    close(pair[1]);
    printf("write: %d\n", (int)write(pair[0], "x", 1));
    printf("syscall: %d\n", (int)syscall(SYS_write, pair[0], "x", 1));
    return is_logged && !has_disabled ? 78 : 0;
}
