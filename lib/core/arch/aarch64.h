/* SPDX-License-Identifier: MIT
 *
 * aarch64: see arch.h.  Tested by t/arch.t under qemu-user, and in an attach's handler on a
 * kernel in qemu-system (make check-aarch64).
 */
#ifndef EPIPE_ARCH_AARCH64_H
#define EPIPE_ARCH_AARCH64_H

#define ARCH_PC(m) (m)->pc
#define ARCH_SP(m) (m)->sp
#define ARCH_RESULT(m) (m)->regs[0]
#define ARCH_ARG1(m) (m)->regs[1]
#define ARCH_IS_SYSCALL(pc, m) (CODE(pc, 4) == 0xd4000001)
#define ARCH_FRAME_SIZE 1024
#define ARCH_STAT_IS_KERNELS
#define ARCH_HAS_SYSCALL

static inline long arch_syscall5(long number, long a, long b, long c, long d, long e)
{
    register long first __asm__("x0") = a, second __asm__("x1") = b,
                        third __asm__("x2") = c, fourth __asm__("x3") = d,
                        fifth __asm__("x4") = e, call __asm__("x8") = number;

    __asm__ volatile("svc 0"
                     : "+r"(first)
                     : "r"(call), "r"(second), "r"(third), "r"(fourth), "r"(fifth)
                     : "memory");
    return first;
}

#endif
