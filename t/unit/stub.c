/* SPDX-License-Identifier: MIT
 *
 * Unit tests of graft/stub-x86.c: the stub is executed here, on the registers of a signal
 * handler's context, and what it leaves is compared.  (aarch64's: t/probe/stub-aarch64.c.)
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#include "graft/stub.h"

enum { ERESTARTSYS = 512, ERESTARTNOHAND = 514, ERESTART_BLOCK = 516 };

static const long long stopped[] = {0x1111, 0x2222222222222222, -3, 0x44, 5, 0x666, 7, 8};

/* Registers with a different value each. */
static struct user_regs_struct registers(long long call, long long result)
{
    return (struct user_regs_struct){.rip = 0x400010,
                                     .rax = (unsigned long long)result,
                                     .orig_rax = (unsigned long long)call,
                                     .rdi = (unsigned long long)stopped[0],
                                     .rsi = (unsigned long long)stopped[1],
                                     .rdx = (unsigned long long)stopped[2],
                                     .rcx = (unsigned long long)stopped[3],
                                     .r8 = (unsigned long long)stopped[4],
                                     .r9 = (unsigned long long)stopped[5],
                                     .r10 = (unsigned long long)stopped[6],
                                     .r11 = (unsigned long long)stopped[7]};
}

static void resumes(bool is32, bool restart_eintr, long long call, long long result,
                    uint64_t ip, uint64_t ax)
{
    const struct stub stub = {.is32 = is32, .restart_eintr = restart_eintr};
    struct user_regs_struct regs = registers(call, result);
    uint64_t got_ip, got_ax;

    stub_resume(&stub, &regs, &got_ip, &got_ax);
    assert_int_equal(got_ip, ip);
    assert_int_equal(got_ax, ax);
}

static void restarts_as_the_kernel_does(void **state)
{
    (void)state;
    resumes(false, false, SYS_read, -ERESTARTSYS, 0x40000e, SYS_read);
    resumes(false, false, SYS_pause, -ERESTARTNOHAND, 0x40000e, SYS_pause);
    resumes(false, false, SYS_nanosleep, -ERESTART_BLOCK, 0x40000e, SYS_restart_syscall);
    resumes(true, false, 162, 0xfffffdfc, 0x40000e, 0); /* i386: nanosleep */
    resumes(true, false, 3, 0xfffffe00, 0x40000e, 3);
    resumes(false, true, SYS_epoll_wait, -EINTR, 0x40000e, SYS_epoll_wait);
}

static void leaves_the_rest_alone(void **state)
{
    (void)state;
    resumes(false, false, SYS_read, 12, 0x400010, 12);
    resumes(false, false, SYS_read, -EAGAIN, 0x400010, (uint64_t)-EAGAIN);
    resumes(false, false, SYS_epoll_wait, -EINTR, 0x400010, (uint64_t)-EINTR);
    /* Outside of a call the same number is the program's own. */
    resumes(false, true, -1, -ERESTARTSYS, 0x400010, (uint64_t)-ERESTARTSYS);
    resumes(true, true, 0xffffffff, 0xfffffe00, 0x400010, 0xfffffe00);
}

/* --- executed */

static unsigned char *code;
static struct user_regs_struct before, after;
static int pipes[2];

static void read_context(const greg_t *r, struct user_regs_struct *regs)
{
    *regs = (struct user_regs_struct){.rip = (unsigned long long)r[REG_RIP],
                                      .rax = (unsigned long long)r[REG_RAX],
                                      .rbx = (unsigned long long)r[REG_RBX],
                                      .rcx = (unsigned long long)r[REG_RCX],
                                      .rdx = (unsigned long long)r[REG_RDX],
                                      .rsi = (unsigned long long)r[REG_RSI],
                                      .rdi = (unsigned long long)r[REG_RDI],
                                      .rbp = (unsigned long long)r[REG_RBP],
                                      .rsp = (unsigned long long)r[REG_RSP],
                                      .r8 = (unsigned long long)r[REG_R8],
                                      .r9 = (unsigned long long)r[REG_R9],
                                      .r10 = (unsigned long long)r[REG_R10],
                                      .r11 = (unsigned long long)r[REG_R11],
                                      .r12 = (unsigned long long)r[REG_R12],
                                      .eflags = (unsigned long long)r[REG_EFL],
                                      .orig_rax = (unsigned long long)-1};
}

static volatile sig_atomic_t signals;

/* The first signal leads through the stub to the second one's instruction. */
static void on_trap(int signal, siginfo_t *info, void *context)
{
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
    struct stub stub = {.address = (uintptr_t)code,
                        .number = SYS_write,
                        .args = {(uint64_t)pipes[1], (uintptr_t) "stub", 4}};

    (void)signal;
    (void)info;
    if (signals++ == 0) {
        read_context(r, &before);
        stub_write(code, &stub, &before);
        r[REG_RIP] = (greg_t)(uintptr_t)code;
    } else {
        read_context(r, &after);
    }
}

static void leads_back_with_every_register(void **state)
{
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
    char text[8] = "";

    (void)state;
    code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED)
        skip();
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(sigaction(SIGTRAP, &action, NULL), 0);
    __asm__ volatile(
        "mov $0x1234567890abcdef, %%rcx\n\tmov $0x11, %%r11\n\tmov $0x12, %%r10\n\t"
        "mov $0x13, %%r8\n\tmov $0x14, %%r9\n\tmov $0x15, %%rdi\n\t"
        "mov $0x16, %%rsi\n\tmov $0x17, %%rdx\n\tmov $0x18, %%rax\n\tstc\n\t"
        "int3\n\tint3" ::
            : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "cc", "memory");
    assert_int_equal(signals, 2);
    assert_int_equal(read(pipes[0], text, 4), 4); /* the call was made */
    assert_string_equal(text, "stub");
    assert_int_equal(after.rip, before.rip + 1);
    before.rip = after.rip;
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(before.rcx, 0x1234567890abcdef);
}

static void fits_into_its_room(void **state)
{
    struct user_regs_struct regs = registers(-1, 0);
    struct stub stub = {.address = 0x1000, .number = 1};
    unsigned char bytes[STUB_MAX];

    (void)state;
    assert_in_range(stub_write(bytes, &stub, &regs), 1, STUB_MAX);
    stub.is32 = true;
    assert_in_range(stub_write(bytes, &stub, &regs), 1, STUB_MAX_32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restarts_as_the_kernel_does),
        cmocka_unit_test(leaves_the_rest_alone),
        cmocka_unit_test(leads_back_with_every_register),
        cmocka_unit_test(fits_into_its_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
