/* SPDX-License-Identifier: MIT
 *
 * riscv64: see arch.h.  Tested by t/arch.t under qemu-user.
 */
#ifndef EPIPE_ARCH_RISCV64_H
#define EPIPE_ARCH_RISCV64_H

#define ARCH_PC(m) (m)->__gregs[0]
#define ARCH_SP(m) (m)->__gregs[2]
#define ARCH_RESULT(m) (m)->__gregs[10]
#define ARCH_ARG1(m) (m)->__gregs[11]
#define ARCH_IS_SYSCALL(pc, m) (CODE(pc, 4) == 0x00000073)
#define ARCH_FRAME_SIZE 1024
#define ARCH_STAT_IS_KERNELS
#define ARCH_HAS_SYSCALL

static inline long arch_syscall5(long number, long a, long b, long c, long d, long e)
{
    register long first __asm__("a0") = a, second __asm__("a1") = b,
                        third __asm__("a2") = c, fourth __asm__("a3") = d,
                        fifth __asm__("a4") = e, call __asm__("a7") = number;

    __asm__ volatile("ecall"
                     : "+r"(first)
                     : "r"(call), "r"(second), "r"(third), "r"(fourth), "r"(fifth)
                     : "memory");
    return first;
}

#endif
