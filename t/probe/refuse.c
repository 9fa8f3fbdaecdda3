/* SPDX-License-Identifier: MIT
 *
 * refuse EOPNOTSUPP|ENOSYS|EPERM PROGRAM ARGUMENT...: runs PROGRAM as on a kernel
 * without RWF_NOSIGNAL: a seccomp filter answers pwritev2 with that flag, and nothing
 * else.  Ends with 77 where a filter is not to be had.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NO_SIGNAL = 0x100, FLAGS = 5 }; /* pwritev2's sixth argument */

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
enum { LOW_HALF = 4 };
#else
enum { LOW_HALF = 0 };
#endif

static int refuse(int error)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pwritev2, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[FLAGS]) + LOW_HALF),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NO_SIGNAL, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof program / sizeof *program, program};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

int main(int argc, char **argv)
{
    int error = 0;

    if (argc > 2)
        error = strcmp(argv[1], "EOPNOTSUPP") == 0 ? EOPNOTSUPP
                : strcmp(argv[1], "ENOSYS") == 0   ? ENOSYS
                : strcmp(argv[1], "EPERM") == 0    ? EPERM
                                                   : 0;
    if (error == 0) {
        fprintf(stderr, "usage: refuse EOPNOTSUPP|ENOSYS|EPERM PROGRAM ARGUMENT...\n");
        return 2;
    }
    if (!refuse(error)) {
        perror("refuse: no filter");
        return 77;
    }
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 127;
}
