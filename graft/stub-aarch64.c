/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "stub.h"

enum { LOADS = 7, SVC = LOADS, RESUME, AGAIN = RESUME + LOADS + 1, CODE = AGAIN + 2 };
_Static_assert(RESUME * 4 == STUB_BACK && CODE * 4 == STUB_CODE && AGAIN * 4 == STUB_AGAIN,
               "stub.h says where it is");

/* The registers that it changes: the arguments, and the call's number. */
static const unsigned registers[LOADS] = {0, 1, 2, 3, 4, 5, 8};

bool stub_reaches(uint64_t address, uint64_t to)
{
    enum { REACH = (128 << 20) - STUB_MAX };

    return address - to < REACH || to - address < REACH;
}

/* `b`, to TO from the code's instruction number AT. */
static uint32_t branch(const struct stub *stub, unsigned at, uint64_t to)
{
    return 0x14000000 | ((uint32_t)((to - (stub->address + at * 4)) >> 2) & 0x3ffffff);
}

/* `ldr`, of the constant that is number WHICH behind the code, at instruction number AT. */
static uint32_t load(unsigned at, unsigned which, unsigned reg)
{
    return 0x58000000 | (CODE + which * 2 - at) << 5 | reg;
}

size_t stub_write(unsigned char code[static STUB_MAX], const struct stub *stub,
                  const struct user_regs_struct *regs)
{
    uint32_t word[CODE];
    uint64_t constant[2 * LOADS];

    for (unsigned i = 0; i < LOADS; i++) {
        word[i] = load(i, i, registers[i]);
        word[RESUME + i] = load(RESUME + i, LOADS + i, registers[i]);
        constant[i] = i < 6 ? stub->args[i] : (uint64_t)stub->number;
        constant[LOADS + i] = regs->regs[registers[i]];
    }
    word[SVC] = 0xd4000001;
    word[AGAIN - 1] = branch(stub, AGAIN - 1, stub->next != 0 ? stub->next : regs->pc);
    word[AGAIN] = branch(stub, AGAIN, stub->address + RESUME * 4);
    word[AGAIN + 1] = branch(stub, AGAIN + 1, regs->pc + 4);
    memcpy(code, word, sizeof word);
    memcpy(code + sizeof word, constant, sizeof constant);
    return sizeof word + sizeof constant;
}
