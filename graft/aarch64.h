/* SPDX-License-Identifier: MIT
 *
 * aarch64.h is what interrupted-aarch64.c and tracee-aarch64.c share: a stopped thread's
 * registers, and how it goes on to its next stop.
 */
#ifndef EPIPE_GRAFT_AARCH64_H
#define EPIPE_GRAFT_AARCH64_H

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "restart.h"
#include "tracee-regs.h"

enum { SVC_SIZE = 4 };

static inline bool aarch64_get(struct tracee *t, struct user_regs_struct *regs)
{
    struct iovec all = {regs, sizeof *regs};

    if (tracee_request(t, PTRACE_GETREGSET, NT_PRSTATUS, (unsigned long)&all) != 0)
        return TRACEE_FAIL(t, "its registers cannot be read: %s", strerror(errno));
    return true;
}

static inline bool aarch64_set(struct tracee *t, struct user_regs_struct *regs)
{
    struct iovec all = {regs, sizeof *regs};

    if (tracee_request(t, PTRACE_SETREGSET, NT_PRSTATUS, (unsigned long)&all) != 0)
        return TRACEE_FAIL(t, "its registers cannot be set: %s", strerror(errno));
    return true;
}

static inline bool aarch64_resume(struct tracee *t, int how, unsigned long signal, int *status)
{
    tracee_request(t, how, 0, signal);
    return tracee_await(t, status);
}

#endif
