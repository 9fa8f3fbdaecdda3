/* SPDX-License-Identifier: MIT
 *
 * s390x: see arch.h.  Tested by t/arch.t under qemu-user.
 */
#ifndef EPIPE_ARCH_S390X_H
#define EPIPE_ARCH_S390X_H

#define ARCH_PC(m) (m)->psw.addr
#define ARCH_SP(m) (m)->gregs[15]
#define ARCH_RESULT(m) (m)->gregs[2]
#define ARCH_ARG1(m) (m)->gregs[3]
#define ARCH_IS_SYSCALL(pc, m) ((CODE(pc, 2) & 0xff00) == 0x0a00)
#define ARCH_FRAME_SIZE 1024
#define ARCH_STAT_IS_KERNELS

#endif
