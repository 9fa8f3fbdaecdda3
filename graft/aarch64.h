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

#include "tracee-regs.h"

/* The kernel's own, which only a tracer sees. */
enum { ERESTARTSYS = 512, ERESTARTNOHAND = 514, ERESTART_BLOCK = 516 };

enum { SVC_SIZE = 4 };

static inline bool aarch64_get(const struct tracee *t, struct user_regs_struct *regs)
{
    struct iovec all = {regs, sizeof *regs};

    return tracee_request(t, PTRACE_GETREGSET, NT_PRSTATUS, (unsigned long)&all) == 0;
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
