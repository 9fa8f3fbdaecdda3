/* SPDX-License-Identifier: MIT */
#include <linux/audit.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "arch.h"

const int arch_numbers[2][ARCH_CALLS] = {
    {9, 10, 13, 15, 39, 5, 72, 271, 55, 46, 61, 128},
    {192, 125, 174, 173, 20, 383, 55, 309, 365, 370, 114, 177},
};

const uint32_t arch_audit[2] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386};

enum { MOST = 24 }; /* calls of a table */

/* write, pwrite64, writev, sendfile, sendto, sendmsg, splice, tee, vmsplice, pwritev,
 * sendmmsg, recvmmsg, getrandom, copy_file_range, pwritev2; and what waits no longer for what a
 * socket has to send (SO_LINGER): close, dup2, dup3.  Up to the first 0. */
static const short short_counts[2][MOST] = {
    {1, 18, 20, 40, 44, 46, 275, 276, 278, 296, 307, 299, 318, 326, 328, 3, 33, 292},
    {4,   181, 146, 187, 239, 369, 370, 313, 315, 316,
     334, 345, 337, 417, 355, 377, 379, 6,   63,  330},
};

/* semop, semtimedop, ipc, rt_sigtimedwait, io_getevents, epoll_wait, epoll_pwait,
 * epoll_pwait2, io_uring_enter; and, where the socket has a timeout, read, readv, preadv2,
 * connect, accept, accept4, recvfrom, recvmsg. */
static const short eintr[2][MOST] = {
    {65, 220, 128, 208, 232, 281, 441, 426, 19, 327, 42, 43, 288, 45, 47},
    {117, 420, 177, 421, 247, 256, 319, 441, 426, 3, 145, 378, 362, 364, 371, 372, 416},
};

static bool lists(const short numbers[MOST], long number)
{
    for (int i = 0; i < MOST && numbers[i] != 0; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

/* The effect of the call that i386's socketcall() stands for, by its first two arguments. */
static enum arch_effect socketcall_effect(pid_t pid, uint64_t call, uint64_t address)
{
    enum { WORDS = 4 };
    /* connect, accept, send, recv, sendto, recvfrom, sendmsg, recvmsg, accept4, recvmmsg,
     * sendmmsg; send and recv are sendto and recvfrom without an address. */
    static const short calls[] = {
        [3] = 362,  [5] = 364,  [9] = 369,  [10] = 371, [11] = 369, [12] = 371,
        [16] = 370, [17] = 372, [18] = 364, [19] = 337, [20] = 345};
    enum { KNOWN = sizeof calls / sizeof *calls };
    uint32_t words[WORDS] = {0};
    struct iovec here = {words, sizeof words}, there[WORDS];

    if (call >= KNOWN || calls[call] == 0)
        return EFFECT_NONE; /* none that waits */
    /* As many as can be read, for which each is an element: recvmsg has three. */
    for (size_t i = 0; i < WORDS; i++)
        there[i] =
            (struct iovec){(void *)(uintptr_t)(address + i * sizeof *words), sizeof *words};
    process_vm_readv(pid, &here, 1, there, WORDS, 0);
    return arch_effect(pid, true, calls[call],
                       (uint64_t[6]){words[0], words[1], words[2], words[3]});
}

enum arch_effect arch_effect(pid_t pid, bool is32, long number, const uint64_t args[6])
{
    enum { READ_64 = 0, SOCKETCALL_32 = 102 };
    const short *flagged = is32 ? (const short[]){371, 372} : (const short[]){45, 47};

    if (is32 && number == SOCKETCALL_32)
        return socketcall_effect(pid, args[0], args[1]);
    /* By int $0x80 a 64-bit program makes i386's calls, too, which look like its own. */
    if (lists(short_counts[is32], number) || (!is32 && lists(short_counts[1], number)) ||
        (number == flagged[0] && args[3] & MSG_WAITALL) ||
        (number == flagged[1] && args[2] & MSG_WAITALL))
        return EFFECT_SHORT;
    if (lists(eintr[is32], number) || (!is32 && number == READ_64))
        return EFFECT_EINTR;
    return EFFECT_NONE;
}
