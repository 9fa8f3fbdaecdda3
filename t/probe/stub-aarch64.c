/* SPDX-License-Identifier: MIT
 *
 * Executes a stub of graft/stub-aarch64.c here, on the registers of a signal handler's
 * context, and compares what it leaves; and so its two other entries.  "ok", or what was wrong.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "broken-fd.h"
#include "graft/stub-aarch64.c"

static unsigned char *code;
static int pipes[2];
static mcontext_t before, after[3];
static volatile sig_atomic_t traps;

/* Each trap leads the thread into the stub, whose way ends at the next one. */
static void on_trap(int signal, siginfo_t *info, void *context)
{
    static const unsigned entry[] = {0, STUB_AGAIN, STUB_AGAIN + 4};
    mcontext_t *m = &((ucontext_t *)context)->uc_mcontext;
    struct stub stub = {.address = (uintptr_t)code,
                        .number = SYS_write,
                        .args = {(uint64_t)pipes[1], (uintptr_t) "stub", 4}};
    struct user_regs_struct regs;
    int n = traps++;

    (void)signal, (void)info;
    if (n == 0) {
        before = *m;
        before.pc += 4;
        memcpy(regs.regs, before.regs, sizeof regs.regs);
        regs.pc = before.pc;
        need(stub_write(code, &stub, &regs) <= STUB_MAX, "its size");
        __builtin___clear_cache((char *)code, (char *)code + STUB_MAX);
    } else {
        after[n - 1] = *m;
    }
    if (n == 3) {
        m->pc += 4;
        return;
    }
    if (n > 0)
        m->regs[0] = 77; /* as after a call */
    m->pc = (uintptr_t)code + entry[n];
}

static int is_same(const mcontext_t *m, uint64_t pc, uint64_t first)
{
    return m->pc == pc && m->regs[0] == first && m->sp == before.sp &&
           m->pstate == before.pstate &&
           memcmp(&m->regs[1], &before.regs[1], sizeof m->regs - sizeof m->regs[0]) == 0;
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
    char text[8] = "";

    /* As near as a way back must be. */
    code = mmap((void *)(((uintptr_t)main & ~0xfffffUL) + (16 << 20)), 65536,
                PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(code != MAP_FAILED && stub_reaches((uintptr_t)code, (uintptr_t)main), "mmap");
    need(!stub_reaches((uintptr_t)main, (uintptr_t)main + (128 << 20)), "the reach");
    need(pipe(pipes) == 0 && sigaction(SIGTRAP, &action, NULL) == 0, "pipe");
    __asm__ volatile("mov x0, #0x10\n\tmovn x1, #0x11\n\tmov x2, #0x1200000000\n\t"
                     "mov x3, #0x13\n\tmov x4, #0x14\n\tmov x5, #0x15\n\tmov x8, #0x18\n\t"
                     "mov x16, #0x16\n\tmov x17, #0x17\n\tcmp x0, x0\n\t"
                     "brk #0\n\tbrk #0\n\tbrk #0" ::
                         : "x0", "x1", "x2", "x3", "x4", "x5", "x8", "x16", "x17", "cc",
                           "memory");
    need(traps == 4, "all traps");
    need(read(pipes[0], text, 4) == 4 && strcmp(text, "stub") == 0, "the call");
    need(is_same(&after[0], before.pc, before.regs[0]), "the way back");
    need(is_same(&after[1], before.pc, before.regs[0]), "the call again");
    need(is_same(&after[2], before.pc + 4, 77), "the call's end");
    puts("ok");
    return 0;
}
