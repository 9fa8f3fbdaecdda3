/* SPDX-License-Identifier: MIT */
#include "seccomp-bpf.h"

#include <string.h>

uint32_t seccomp_bpf_stronger(uint32_t one, uint32_t other)
{
    /* By value, where KILL_PROCESS is the one negative number. */
    return (int32_t)(one & SECCOMP_RET_ACTION_FULL) <= (int32_t)(other & SECCOMP_RET_ACTION_FULL)
               ? one
               : other;
}

/* False for a division by zero, and what is no operation. */
static int alu(unsigned op, uint32_t *a, uint32_t by)
{
    switch (op) {
    case BPF_ADD:
        *a += by;
        return 1;
    case BPF_SUB:
        *a -= by;
        return 1;
    case BPF_MUL:
        *a *= by;
        return 1;
    case BPF_DIV:
        if (by == 0)
            return 0;
        *a /= by;
        return 1;
    case BPF_AND:
        *a &= by;
        return 1;
    case BPF_OR:
        *a |= by;
        return 1;
    case BPF_XOR:
        *a ^= by;
        return 1;
    case BPF_LSH:
        *a <<= by & 31;
        return 1;
    case BPF_RSH:
        *a >>= by & 31;
        return 1;
    case BPF_NEG:
        *a = -*a;
        return 1;
    default:
        return 0;
    }
}

static int jumps(unsigned op, uint32_t a, uint32_t to)
{
    switch (op) {
    case BPF_JEQ:
        return a == to;
    case BPF_JGT:
        return a > to;
    case BPF_JGE:
        return a >= to;
    default:
        return (a & to) != 0; /* BPF_JSET */
    }
}

/* A load of a constant, of a word of DATA, of the memory or of the size. */
static int load(const struct sock_filter *f, const struct seccomp_data *data,
                const uint32_t memory[BPF_MEMWORDS], uint32_t *to)
{
    switch (BPF_MODE(f->code)) {
    case BPF_IMM:
        *to = f->k;
        return 1;
    case BPF_ABS:
        if (f->k % sizeof *to != 0 || f->k > sizeof *data - sizeof *to)
            return 0;
        memcpy(to, (const char *)data + f->k, sizeof *to);
        return 1;
    case BPF_MEM:
        if (f->k >= BPF_MEMWORDS)
            return 0;
        *to = memory[f->k];
        return 1;
    case BPF_LEN:
        *to = sizeof *data;
        return 1;
    default:
        return 0;
    }
}

uint32_t seccomp_bpf_run(const struct sock_filter *program, size_t count,
                         const struct seccomp_data *data)
{
    uint32_t a = 0, x = 0, memory[BPF_MEMWORDS] = {0};

    for (size_t pc = 0; pc < count; pc++) {
        const struct sock_filter *f = &program[pc];
        uint32_t operand = BPF_SRC(f->code) == BPF_X ? x : f->k;

        switch (BPF_CLASS(f->code)) {
        case BPF_LD:
            if (!load(f, data, memory, &a))
                return SECCOMP_RET_KILL_PROCESS;
            break;
        case BPF_LDX:
            if (!load(f, data, memory, &x))
                return SECCOMP_RET_KILL_PROCESS;
            break;
        case BPF_ST:
        case BPF_STX:
            if (f->k >= BPF_MEMWORDS)
                return SECCOMP_RET_KILL_PROCESS;
            memory[f->k] = BPF_CLASS(f->code) == BPF_ST ? a : x;
            break;
        case BPF_ALU:
            if (!alu(BPF_OP(f->code), &a, operand))
                return BPF_OP(f->code) == BPF_DIV ? 0 : SECCOMP_RET_KILL_PROCESS;
            break;
        case BPF_JMP: /* forwards only: the loop ends */
            if (BPF_OP(f->code) == BPF_JA)
                pc += f->k;
            else
                pc += jumps(BPF_OP(f->code), a, operand) ? f->jt : f->jf;
            break;
        case BPF_RET:
            return BPF_RVAL(f->code) == BPF_A ? a : f->k;
        default: /* BPF_MISC */
            if (BPF_MISCOP(f->code) == BPF_TAX)
                x = a;
            else
                a = x;
            break;
        }
    }
    return SECCOMP_RET_KILL_PROCESS;
}
