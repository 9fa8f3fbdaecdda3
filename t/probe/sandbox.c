/* SPDX-License-Identifier: MIT
 *
 * sandbox FILTER living|broken|sent|put|kept: writes under a seccomp filter on a living or a dead
 * descriptor, or on standard output, which is to be a pipe without a reader.
 * "sent" writes by send, "put" has something new on standard error before.
 * sandbox FILTER exec PROGRAM ARGUMENT...: runs that under the filter from its start.
 *
 * Some filters kill for every system call that they do not name: those of real daemons
 * after their start, as far as writing goes: openssh (before authentication), vsftpd,
 * chrony.  The others refuse what they name with EPERM, and nothing else.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "broken-fd.h"

enum { END = -1 };

struct filter {
    const char *name;
    unsigned named, others; /* the answers */
    int calls[16];
};

/* What glibc's functions of that name make: on i386 others. */
#ifdef __i386__
#define CALLS_SEND SYS_socketcall
#define CALLS_FSTAT SYS_fstat64, SYS_statx
#else
#define CALLS_SEND SYS_sendto
#define CALLS_FSTAT SYS_fstat
#endif

#define KILLS SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS
#define REFUSES SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ALLOW

static const struct filter filters[] = {
    {"openssh",
     KILLS,
     {SYS_read, SYS_write, SYS_writev, SYS_rt_sigprocmask, SYS_getpid, SYS_gettid,
      SYS_exit_group, SYS_ppoll, SYS_ioctl, SYS_close, END}},
    {"vsftpd",
     KILLS,
     {SYS_read, SYS_write, SYS_rt_sigreturn, SYS_close, SYS_exit_group, SYS_munmap,
      SYS_brk, CALLS_FSTAT, END}},
    {"chrony",
     KILLS,
     {SYS_read, SYS_write, CALLS_SEND, SYS_sendmsg, SYS_rt_sigreturn, SYS_rt_sigprocmask,
      SYS_rt_sigaction, SYS_getpid, SYS_exit_group, SYS_close, CALLS_FSTAT, END}},
    {"no-fstat",
     KILLS,
     {SYS_read, SYS_write, CALLS_SEND, SYS_rt_sigreturn, SYS_close, SYS_exit_group, END}},
    {"nothing", REFUSES, {END}},
    {"sigaction", REFUSES, {SYS_rt_sigaction, END}},
    {"sigprocmask", REFUSES, {SYS_rt_sigprocmask, END}},
    {"fstat", REFUSES, {SYS_fstat, SYS_statx, END}},
    {"getsockname", REFUSES, {SYS_getsockname, END}},
};

static void confine(const struct filter *filter)
{
    struct sock_filter program[64] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    struct sock_fprog all = {1, program};

    for (const int *call = filter->calls; *call != END; call++) {
        program[all.len++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)*call, 0, 1);
        program[all.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, filter->named);
    }
    program[all.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, filter->others);
    need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    need(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) == 0, "seccomp");
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[2] : "";
    int is_living = strcmp(what, "living") == 0;
    int is_kept = strcmp(what, "kept") == 0;
    int is_sent = strcmp(what, "sent") == 0;
    int is_put = strcmp(what, "put") == 0;
    const struct filter *filter = NULL;
    int fd = is_living ? open("/dev/null", O_WRONLY)
             : is_kept ? broken_stdout()
             : is_sent || is_put || strcmp(what, "broken") == 0 ? broken_fd("unix")
                                                                : -1;
    ssize_t n;

    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        if (strcmp(argc > 1 ? argv[1] : "", filters[i].name) == 0)
            filter = &filters[i];
    need(filter != NULL && (fd >= 0 || strcmp(what, "exec") == 0), "usage");
    if (is_put)
        need(dup2(STDIN_FILENO, STDERR_FILENO) == STDERR_FILENO, "dup2");
    confine(filter);
    if (fd < 0) {
        execvp(argv[3], argv + 3);
        need(0, "exec");
    }
    n = is_sent ? send(fd, "x", 1, 0) : write(fd, "x", 1);
    if (is_living ? n == 1 : n == -1 && errno == EPIPE)
        (void)!write(is_kept ? STDERR_FILENO : STDOUT_FILENO, "ok\n", 3);
    _exit(0);
}
