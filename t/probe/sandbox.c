/* SPDX-License-Identifier: MIT
 *
 * sandbox FILTER living|broken: writes on a living or a dead descriptor under a
 * seccomp filter that kills the process for every system call that FILTER does
 * not name.  The filters are those of real daemons after their start, as far as
 * writing goes: openssh (before authentication), vsftpd, chrony.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "dead.h"

enum { END = -1 };

static const struct {
    const char *name;
    int allowed[16];
} filters[] = {
    {"openssh",
     {SYS_read, SYS_write, SYS_writev, SYS_rt_sigprocmask, SYS_getpid, SYS_gettid,
      SYS_exit_group, SYS_ppoll, SYS_ioctl, SYS_close, END}},
    {"vsftpd",
     {SYS_read, SYS_write, SYS_rt_sigreturn, SYS_close, SYS_exit_group, SYS_munmap,
      SYS_brk, SYS_fstat, END}},
    {"chrony",
     {SYS_read, SYS_write, SYS_sendto, SYS_sendmsg, SYS_rt_sigreturn, SYS_rt_sigprocmask,
      SYS_rt_sigaction, SYS_getpid, SYS_exit_group, SYS_close, SYS_fstat, END}},
};

static void confine(const int *allowed)
{
    struct sock_filter program[64] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    struct sock_fprog filter = {1, program};

    for (; *allowed != END; allowed++) {
        program[filter.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                             (unsigned)*allowed, 0, 1);
        program[filter.len++] =
            (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    program[filter.len++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    need(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0, "seccomp");
}

int main(int argc, char **argv)
{
    int broken = argc == 3 && strcmp(argv[2], "broken") == 0;
    int fd = broken ? dead("unix") : open("/dev/null", O_WRONLY);
    int found = 0;
    ssize_t n;

    for (size_t i = 0; argc == 3 && i < sizeof filters / sizeof *filters; i++) {
        if (strcmp(argv[1], filters[i].name) == 0) {
            found = 1;
            confine(filters[i].allowed);
        }
    }
    need(found, "usage");
    n = write(fd, "x", 1);
    if (broken ? n == -1 && errno == EPIPE : n == 1)
        write(STDOUT_FILENO, "ok\n", 3);
    _exit(0);
}
