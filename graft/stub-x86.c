/* SPDX-License-Identifier: MIT */
#include "stub.h"

#include <errno.h>
#include <string.h>

#include "restart.h"

enum { SYSCALL_SIZE = 2, RESTART_SYSCALL_64 = 219, RESTART_SYSCALL_32 = 0 };

/* The opcodes that load a constant: B8+r, with REX.W, and REX.B from r8 on. */
enum reg { AX, CX, DX, BX, SP, BP, SI, DI, R8, R9, R10, R11 };

void stub_resume(const struct stub *stub, const struct user_regs_struct *regs,
                 uint64_t *ip, uint64_t *ax)
{
    long long result = stub->is32 ? (int)regs->rax : (long long)regs->rax;
    long long number = stub->is32 ? (int)regs->orig_rax : (long long)regs->orig_rax;

    *ip = regs->rip;
    *ax = regs->rax;
    if (number < 0)
        return;
    switch (-result) {
    case EINTR:
        if (!stub->restart_eintr)
            return;
        break;
    case ERESTARTSYS:
    case ERESTARTNOINTR:
    case ERESTARTNOHAND:
        break;
    case ERESTART_BLOCK:
        number = stub->is32 ? RESTART_SYSCALL_32 : RESTART_SYSCALL_64;
        break;
    default:
        return;
    }
    *ax = (uint64_t)number;
    *ip -= SYSCALL_SIZE;
}

bool stub_reaches(uint64_t address, uint64_t to)
{
    (void)address, (void)to;
    return true;
}

static unsigned char *load(unsigned char *code, bool is32, enum reg reg, uint64_t value)
{
    size_t size = is32 ? 4 : 8;

    if (!is32)
        *code++ = reg >= R8 ? 0x49 : 0x48;
    *code++ = (unsigned char)(0xb8 | (reg & 7));
    memcpy(code, &value, size); /* the low half comes first */
    return code + size;
}

static unsigned char *load_args(unsigned char *code, const struct stub *stub)
{
    static const enum reg args[2][6] = {{DI, SI, DX, R10, R8, R9}, {BX, CX, DX, SI, DI, BP}};

    for (int i = 0; i < 6; i++)
        code = load(code, stub->is32, args[stub->is32][i], stub->args[i]);
    return load(code, stub->is32, AX, (uint64_t)stub->number);
}

/* What the arguments and the system call instruction have changed. */
static unsigned char *restore(unsigned char *code, bool is32,
                              const struct user_regs_struct *regs, uint64_t ax)
{
    code = load(code, is32, DI, regs->rdi);
    code = load(code, is32, SI, regs->rsi);
    code = load(code, is32, DX, regs->rdx);
    code = load(code, is32, CX, regs->rcx);
    if (is32) {
        code = load(code, is32, BX, regs->rbx);
        code = load(code, is32, BP, regs->rbp);
    } else {
        code = load(code, is32, R10, regs->r10);
        code = load(code, is32, R8, regs->r8);
        code = load(code, is32, R9, regs->r9);
        code = load(code, is32, R11, regs->r11);
    }
    return load(code, is32, AX, ax);
}

size_t stub_write(unsigned char code[static STUB_MAX], const struct stub *stub,
                  const struct user_regs_struct *regs)
{
    unsigned char *end = load_args(code, stub);
    uint64_t ip, ax;
    uint32_t where = 0; /* the word behind the jump, relative to that or, 32-bit, absolute */

    stub_resume(stub, regs, &ip, &ax);
    if (stub->next != 0)
        ip = stub->next;
    *end++ = stub->is32 ? 0xcd : 0x0f; /* int $0x80, or syscall */
    *end++ = stub->is32 ? 0x80 : 0x05;
    end = restore(end, stub->is32, regs, ax);
    *end++ = 0xff; /* jmp *where */
    *end++ = 0x25;
    if (stub->is32)
        where = (uint32_t)(stub->address + (uint64_t)(end - code) + sizeof where);
    memcpy(end, &where, sizeof where);
    end += sizeof where;
    memcpy(end, &ip, stub->is32 ? 4 : 8);
    return (size_t)(end - code) + (stub->is32 ? 4 : 8);
}
