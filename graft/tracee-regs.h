/* SPDX-License-Identifier: MIT
 *
 * tracee-regs.h leads a stopped thread into a stub, and back to where it was, by its
 * registers: for each architecture in another way.
 */
#ifndef EPIPE_GRAFT_TRACEE_REGS_H
#define EPIPE_GRAFT_TRACEE_REGS_H

#include "stub.h"
#include "tracee-ptrace.h"

#ifdef __aarch64__
#define REGS_PC(regs) ((regs).pc)
#else
#define REGS_PC(regs) ((regs).rip)
#endif

/* To be called before the thread is told to stop. */
void regs_before_stop(struct tracee *t);

/* Notes in t->regs where the thread is, which has come to the stop STATUS. */
bool regs_note(struct tracee *t, int status);

/* If the thread is in a restartable sequence, leads t->regs out of it. */
void regs_leave_rseq(struct tracee *t);

/* Writes into CODE the stub for the call in STUB that leads back to t->regs. */
size_t regs_write_stub(const struct tracee *t, struct stub *stub, unsigned char *code);

bool regs_put_at_stub(struct tracee *t);

/* Back to where the thread was, at a stop that is about to deliver SIGNAL. */
bool regs_put_back(struct tracee *t, unsigned long signal);

/* What the stub's call has returned, in the stop at its end. */
bool regs_take_result(struct tracee *t, int64_t *result);

/* To a stop from which the thread may be detached, with SIGNAL: at the stub again, and, by
 * regs_leave, where it was. */
bool regs_stop_again(struct tracee *t, unsigned long *signal);
bool regs_leave(struct tracee *t, unsigned long *signal);

#endif
