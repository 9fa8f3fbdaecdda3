/* SPDX-License-Identifier: MIT
 *
 * machine.h says which programs can be attached to and entered.
 */
#ifndef EPIPE_GRAFT_MACHINE_H
#define EPIPE_GRAFT_MACHINE_H

#include <elf.h>
#include <stdbool.h>

/* By the word size and the machine in a program's ELF header.  Not x32: 32 bits, and x86-64. */
static inline bool machine_is_known(bool is32, unsigned machine)
{
#if defined EPIPE_GRAFT && defined __aarch64__
    return !is32 && machine == EM_AARCH64;
#elif defined EPIPE_GRAFT_32
    return machine == (is32 ? EM_386 : EM_X86_64);
#elif defined EPIPE_GRAFT
    return !is32 && machine == EM_X86_64;
#else
    (void)is32, (void)machine;
    return false;
#endif
}

#endif
