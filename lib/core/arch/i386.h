/* SPDX-License-Identifier: MIT
 *
 * i386: see arch.h.  Tested: all tests run in a Debian root for i386 (make check-distros,
 * make check-i386).  A frame without room for vectors has 890 bytes, and send() and its kin go
 * through socketcall, whose first argument is no descriptor.
 */
#ifndef EPIPE_ARCH_I386_H
#define EPIPE_ARCH_I386_H

#define ARCH_PC(m) (m)->gregs[REG_EIP]
#define ARCH_SP(m) (m)->gregs[REG_ESP]
#define ARCH_RESULT(m) (m)->gregs[REG_EAX]
#define ARCH_ARG0(m) (m)->gregs[REG_EBX]
#define ARCH_ARG0_IS_EXACT(send) (!(send))
/* A send() is socketcall(9, ...), and sendto, sendmsg and sendmmsg are likewise. */
#define ARCH_ARG0_IS_DOUBTFUL(n) ((n) == 9 || (n) == 11 || (n) == 16 || (n) == 20)
#define ARCH_ARG1(m) (m)->gregs[REG_ECX]
#define ARCH_IS_SYSCALL(pc, m) (CODE(pc, 2) == 0x80cd)
#define ARCH_FRAME_SIZE 768
#define ARCH_HAS_SYSCALL

static inline long arch_syscall5(long number, long a, long b, long c, long d, long e)
{
    long result;

    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "0"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory");
    return result;
}

#endif
