/* SPDX-License-Identifier: MIT
 *
 * arch.h includes the file of this architecture.  Each defines
 *
 *   ARCH_PC(m), ARCH_SP(m)    registers in M, an mcontext_t *
 *   ARCH_RESULT(m)            that of a system call's result
 *   ARCH_ARG1(m)              that of its second argument
 *   ARCH_ARG0(m)              that of its first, where the result is not put over it
 *   ARCH_ARG0_IS_EXACT(send)  it is that of the C function as well, of a send() if SEND
 *   ARCH_ARG0_IS_DOUBTFUL(n)  if it is N it may be no descriptor, whatever the C function had
 *   ARCH_IS_SYSCALL(pc, m)    does the instruction before pc call the kernel?  By CODE(pc, size)
 *   ARCH_HAS_POSITIVE_ERROR(pc, m)  is the result a positive error number?
 *   ARCH_FRAME_SIZE           less than a signal frame has, in bytes
 *   ARCH_STAT_IS_KERNELS      libc's struct stat is what the kernel fills
 *   ARCH_THREAD_POINTER       the thread pointer, where the compiler has no builtin for it
 *   arch_syscall5()           a system call in place; with ARCH_HAS_SYSCALL
 *
 * and what is not defined is not to be had.
 */
#ifndef EPIPE_ARCH_H
#define EPIPE_ARCH_H

#if defined __x86_64__ && !defined __ILP32__
#include "x86_64.h"
#elif defined __i386__
#include "i386.h"
#elif defined __aarch64__
#include "aarch64.h"
#elif defined __arm__
#include "arm.h"
#elif defined __riscv && __riscv_xlen == 64
#include "riscv64.h"
#elif defined __powerpc64__
#include "ppc64.h"
#elif defined __s390x__
#include "s390x.h"
#elif defined __loongarch_lp64
#include "loongarch64.h"
#else
#include "generic.h"
#endif

#ifndef ARCH_ARG0_IS_EXACT
#define ARCH_ARG0_IS_EXACT(send) false
#endif
#ifndef ARCH_ARG0_IS_DOUBTFUL
#define ARCH_ARG0_IS_DOUBTFUL(n) false
#endif

#endif
