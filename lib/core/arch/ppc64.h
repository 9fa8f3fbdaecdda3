/* SPDX-License-Identifier: MIT
 *
 * ppc64, of either byte order: see arch.h.  Tested by t/arch.t under qemu-user (ppc64el).
 * `scv` returns a negative error number, `sc` a positive one and sets CR0.SO.
 */
#ifndef EPIPE_ARCH_PPC64_H
#define EPIPE_ARCH_PPC64_H

#define ARCH_PC(m) (m)->gp_regs[32]
#define ARCH_SP(m) (m)->gp_regs[1]
#define ARCH_RESULT(m) (m)->gp_regs[3]
#define ARCH_ARG1(m) (m)->gp_regs[4]
#define ARCH_IS_SYSCALL(pc, m)                                                            \
    (CODE(pc, 4) == 0x44000002 /* sc */ || CODE(pc, 4) == 0x44000001 /* scv */)
#define ARCH_HAS_POSITIVE_ERROR(pc, m)                                                    \
    (CODE(pc, 4) == 0x44000002 && ((m)->gp_regs[38] & 0x10000000UL) != 0)
#define ARCH_FRAME_SIZE 1024
#define ARCH_STAT_IS_KERNELS

/* Not by __builtin_thread_pointer: gcc says that it has that, and refuses it. */
#define ARCH_THREAD_POINTER arch_thread_pointer()

static inline void *arch_thread_pointer(void)
{
    void *pointer;

    __asm__("mr %0, 13" : "=r"(pointer));
    return pointer;
}

#endif
