/* SPDX-License-Identifier: MIT
 *
 * loongarch64: see arch.h.  Untested: nobody has built or run it.
 */
#ifndef EPIPE_ARCH_LOONGARCH64_H
#define EPIPE_ARCH_LOONGARCH64_H

#define ARCH_PC(m) (m)->__pc
#define ARCH_SP(m) (m)->__gregs[3]
#define ARCH_RESULT(m) (m)->__gregs[4]
#define ARCH_ARG1(m) (m)->__gregs[5]
#define ARCH_IS_SYSCALL(pc, m) (CODE(pc, 4) == 0x002b0000)
#define ARCH_FRAME_SIZE 1024

#endif
