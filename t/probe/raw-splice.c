/* SPDX-License-Identifier: MIT
 *
 * raw-splice splice|tee: waits until standard input's writers and standard output's readers are
 * gone, and moves a byte from one to the other by a raw system call.
 */
#include <poll.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include "broken-fd.h"

static void await(int fd, short sign)
{
    struct pollfd p = {fd, 0, 0};

    need(poll(&p, 1, 30000) == 1 && (p.revents & sign) != 0, "the other end is gone");
}

int main(int argc, char **argv)
{
    bool is_tee = argc > 1 && strcmp(argv[1], "tee") == 0;

    await(0, POLLHUP);
    await(1, POLLERR);
    fprintf(stderr, "%ld\n",
            is_tee ? syscall(SYS_tee, 0, 1, 1, 0)
                   : syscall(SYS_splice, 0, NULL, 1, NULL, 1, 0));
    return 0;
}
