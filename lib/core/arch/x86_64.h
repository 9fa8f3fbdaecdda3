/* SPDX-License-Identifier: MIT
 *
 * x86_64: see arch.h.  Tested: all tests run here.
 */
#ifndef EPIPE_ARCH_X86_64_H
#define EPIPE_ARCH_X86_64_H

#define ARCH_PC(m) (m)->gregs[REG_RIP]
#define ARCH_SP(m) (m)->gregs[REG_RSP]
#define ARCH_RESULT(m) (m)->gregs[REG_RAX]
#define ARCH_ARG0(m) (m)->gregs[REG_RDI]
#define ARCH_ARG1(m) (m)->gregs[REG_RSI]
#define ARCH_ARG0_IS_EXACT(send) true
#define ARCH_IS_SYSCALL(pc, m) (CODE(pc, 2) == 0x050f)
#define ARCH_FRAME_SIZE 1024
#define ARCH_STAT_IS_KERNELS
#define ARCH_HAS_SYSCALL

static inline long arch_syscall5(long number, long a, long b, long c, long d, long e)
{
    register long fourth __asm__("r10") = d, fifth __asm__("r8") = e;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
                     : "rcx", "r11", "memory");
    return result;
}

#endif
