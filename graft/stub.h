/* SPDX-License-Identifier: MIT
 *
 * stub.h makes the code by which a stopped thread makes one system call and goes back to
 * where it was, also if the tracer has been killed in the meantime.
 */
#ifndef EPIPE_GRAFT_STUB_H
#define EPIPE_GRAFT_STUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

enum { STUB_MAX = 192, STUB_MAX_32 = 96 }; /* room that a stub needs */
#ifdef __aarch64__
enum { STUB_AGAIN = 64, STUB_CODE = 72 }; /* offsets: see stub_write */
/* That of its way back, for a test that puts a trap there. */
enum { STUB_BACK = 32, STUB_BACK_32 = 0, STUB_TRAP = 0 };
#else
enum { STUB_BACK = 72, STUB_BACK_32 = 37, STUB_TRAP = 0xcc };
#endif

struct stub {
    bool is32;
    uint64_t address;   /* where the code will stand */
    uint64_t next;      /* where it leads, or 0: back to where the thread was */
    bool restart_eintr; /* an interrupted call that returns EINTR is made again, too */
    long number;
    uint64_t args[6];
};

/* Writes the code for a thread that was stopped with the registers REGS and returns its
 * size.  Uses no stack and changes no flag: every register but the program counter is
 * loaded with a constant.
 *
 * On aarch64 REGS are those with which the thread is to go on, and of its registers those
 * that the stub changes are loaded with constants.  At STUB_AGAIN it has two more entries, as
 * a call has two ends: that one goes on with REGS, and the next instruction behind the
 * instruction at their program counter, with the result that is in x0. */
size_t stub_write(unsigned char code[static STUB_MAX], const struct stub *stub,
                  const struct user_regs_struct *regs);

/* Can code at ADDRESS lead to TO? */
bool stub_reaches(uint64_t address, uint64_t to);

#ifndef __aarch64__
/* The program counter and result register with which a thread that stopped with REGS goes
 * on: those of the kernel's own restart, if a call was interrupted. */
void stub_resume(const struct stub *stub, const struct user_regs_struct *regs,
                 uint64_t *ip, uint64_t *ax);
#endif

#endif
