/* SPDX-License-Identifier: MIT
 *
 * arm: see arch.h.  Tested by t/arch.t under qemu-user (armhf). A frame without room for
 * vectors has 760 bytes.
 */
#ifndef EPIPE_ARCH_ARM_H
#define EPIPE_ARCH_ARM_H

#define ARCH_PC(m) (m)->arm_pc
#define ARCH_SP(m) (m)->arm_sp
#define ARCH_RESULT(m) (m)->arm_r0
#define ARCH_ARG1(m) (m)->arm_r1
#define ARCH_IS_SYSCALL(pc, m)                                                            \
    ((m)->arm_cpsr & 0x20 /* Thumb */ ? CODE(pc, 2) == 0xdf00                             \
                                      : (CODE(pc, 4) & 0x0f000000) == 0x0f000000)
#define ARCH_FRAME_SIZE 512

#endif
