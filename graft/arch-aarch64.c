/* SPDX-License-Identifier: MIT */
#include <linux/audit.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "arch.h"

const int arch_numbers[2][ARCH_CALLS] = {
    {SYS_mmap, SYS_mprotect, SYS_rt_sigaction, SYS_rt_sigreturn, SYS_getpid, SYS_fstat,
     SYS_fcntl, SYS_ppoll, SYS_getsockopt, SYS_sendmsg, SYS_wait4, SYS_rt_sigtimedwait}};

const uint32_t arch_audit[2] = {AUDIT_ARCH_AARCH64};

enum arch_effect arch_effect(pid_t pid, bool is32, long number, const uint64_t args[6])
{
    (void)pid;
    (void)is32;
    switch (number) {
    case SYS_recvfrom:
        return args[3] & MSG_WAITALL ? EFFECT_SHORT : EFFECT_EINTR;
    case SYS_recvmsg:
        return args[2] & MSG_WAITALL ? EFFECT_SHORT : EFFECT_EINTR;
    case SYS_write:
    case SYS_pwrite64:
    case SYS_writev:
    case SYS_pwritev:
    case SYS_pwritev2:
    case SYS_sendfile:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_sendmmsg:
    case SYS_recvmmsg:
    case SYS_splice:
    case SYS_tee:
    case SYS_vmsplice:
    case SYS_copy_file_range:
    case SYS_getrandom:
    /* What waits no longer for what a socket has to send (SO_LINGER): */
    case SYS_close:
    case SYS_dup3:
        return EFFECT_SHORT;
    case SYS_semop:
    case SYS_semtimedop:
    case SYS_rt_sigtimedwait:
    case SYS_io_getevents:
    case SYS_epoll_pwait:
    case 441: /* epoll_pwait2 */
    case 426: /* io_uring_enter */
    /* Where the socket has a timeout: */
    case SYS_read:
    case SYS_readv:
    case SYS_preadv2:
    case SYS_connect:
    case SYS_accept:
    case SYS_accept4:
        return EFFECT_EINTR;
    default:
        return EFFECT_NONE;
    }
}
