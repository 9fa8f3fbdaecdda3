/* SPDX-License-Identifier: MIT
 *
 * refuse EOPNOTSUPP|ENOSYS|EPERM|KILL|CONTAINER PROGRAM ARGUMENT...: runs PROGRAM under a
 * seccomp filter.  With an error it is as on a kernel without RWF_NOSIGNAL: that is
 * the answer to pwritev2 with the flag, and nothing else changes.  KILL: whoever asks
 * for the flag is killed.  CONTAINER: the flag and what containers keep their
 * programs from are refused with EPERM.  Ends with 77 where a filter is not to be had.
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

/* What none of these programs needs: other processes' memory, the system's settings,
 * new namespaces, and the kernel's larger interfaces. */
static const int privileged[] = {
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_unshare,
    SYS_setns,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_open_by_handle_at,
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_swapon,
    SYS_swapoff,
    SYS_reboot,
    SYS_sethostname,
    SYS_name_to_handle_at,
    SYS_quotactl,
    SYS_acct,
    SYS_pidfd_getfd,
};

static int install(const struct sock_filter *program, size_t length)
{
    struct sock_fprog filter = {(unsigned short)length, (struct sock_filter *)program};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static int refuse_flag(unsigned answer)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pwritev2, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[FLAGS]) + LOW_HALF),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NO_SIGNAL, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };

    return install(program, sizeof program / sizeof *program);
}

static int refuse_privileged(void)
{
    enum { CALLS = sizeof privileged / sizeof *privileged };
    struct sock_filter program[2 * CALLS + 2] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    size_t n = 1;

    for (size_t i = 0; i < CALLS; i++) {
        program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                    (unsigned)privileged[i], 0, 1);
        program[n++] =
            (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    }
    program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    return install(program, n);
}

static const struct {
    const char *name;
    unsigned answer; /* to the flag */
    int container;
} filters[] = {
    {"EOPNOTSUPP", SECCOMP_RET_ERRNO | EOPNOTSUPP, 0},
    {"ENOSYS", SECCOMP_RET_ERRNO | ENOSYS, 0},
    {"EPERM", SECCOMP_RET_ERRNO | EPERM, 0},
    {"KILL", SECCOMP_RET_KILL_PROCESS, 0},
    {"CONTAINER", SECCOMP_RET_ERRNO | EPERM, 1},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 2 && i < sizeof filters / sizeof *filters; i++) {
        if (strcmp(argv[1], filters[i].name) != 0)
            continue;
        if (!refuse_flag(filters[i].answer) || (filters[i].container && !refuse_privileged())) {
            perror("refuse: no filter");
            return 77;
        }
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        return 127;
    }
    fprintf(stderr,
            "usage: refuse EOPNOTSUPP|ENOSYS|EPERM|KILL|CONTAINER PROGRAM ARGUMENT...\n");
    return 2;
}
