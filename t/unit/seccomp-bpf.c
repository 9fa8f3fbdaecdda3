/* SPDX-License-Identifier: MIT
 *
 * Unit tests of graft/seccomp-bpf.c: random filters, and what the kernel answers by them.
 *
 * Each filter ends in SECCOMP_RET_ERRNO or SECCOMP_RET_ALLOW, so that a child that puts it on
 * itself lives and can say what became of a call that otherwise fails with EBADF.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/audit.h>

#include <cmocka.h>

#include "graft/seccomp-bpf.h"

enum { LENGTH = 24, ARGUMENTS = 6, FILTERS = 400, ALLOWED = 5000 };

static const unsigned short operations[] = {BPF_LD | BPF_W | BPF_ABS,
                                            BPF_LD | BPF_W | BPF_ABS,
                                            BPF_LD | BPF_IMM,
                                            BPF_LD | BPF_MEM,
                                            BPF_LD | BPF_W | BPF_LEN,
                                            BPF_LDX | BPF_W | BPF_LEN,
                                            BPF_LDX | BPF_IMM,
                                            BPF_LDX | BPF_MEM,
                                            BPF_ST,
                                            BPF_STX,
                                            BPF_ALU | BPF_ADD | BPF_K,
                                            BPF_ALU | BPF_SUB | BPF_X,
                                            BPF_ALU | BPF_MUL | BPF_K,
                                            BPF_ALU | BPF_DIV | BPF_K,
                                            BPF_ALU | BPF_DIV | BPF_X,
                                            BPF_ALU | BPF_AND | BPF_K,
                                            BPF_ALU | BPF_OR | BPF_X,
                                            BPF_ALU | BPF_XOR | BPF_X,
                                            BPF_ALU | BPF_LSH | BPF_K,
                                            BPF_ALU | BPF_RSH | BPF_K,
                                            BPF_ALU | BPF_LSH | BPF_X,
                                            BPF_ALU | BPF_NEG,
                                            BPF_MISC | BPF_TAX,
                                            BPF_MISC | BPF_TXA,
                                            BPF_JMP | BPF_JA,
                                            BPF_JMP | BPF_JEQ | BPF_K,
                                            BPF_JMP | BPF_JGT | BPF_K,
                                            BPF_JMP | BPF_JGE | BPF_X,
                                            BPF_JMP | BPF_JSET | BPF_K,
                                            BPF_JMP | BPF_JSET | BPF_X};

static uint32_t pseudo_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*seed >> 33);
}

static struct sock_filter instruction(uint64_t *seed, int left)
{
    unsigned short code =
        operations[pseudo_random(seed) % (sizeof operations / sizeof *operations)];
    struct sock_filter f = {.code = code, .k = pseudo_random(seed) % 256};

    if (BPF_CLASS(code) == BPF_LD && BPF_MODE(code) == BPF_ABS)
        f.k = pseudo_random(seed) % (sizeof(struct seccomp_data) / 4) * 4;
    else if (BPF_CLASS(code) == BPF_ST || BPF_CLASS(code) == BPF_STX || BPF_MODE(code) == BPF_MEM)
        f.k %= BPF_MEMWORDS;
    else if (code == (BPF_ALU | BPF_LSH | BPF_K) || code == (BPF_ALU | BPF_RSH | BPF_K))
        f.k %= 32;
    else if (code == (BPF_ALU | BPF_DIV | BPF_K))
        f.k |= 1;
    if (BPF_CLASS(code) == BPF_JMP) {
        f.jt = (unsigned char)(pseudo_random(seed) % (unsigned)left);
        f.jf = (unsigned char)(pseudo_random(seed) % (unsigned)left);
        if (BPF_OP(code) == BPF_JA)
            f.k = pseudo_random(seed) % (unsigned)left;
    }
    return f;
}

/* Memory that is read without having been written is refused by the kernel: all of it is
 * written first.  The result is what A has in its low bits, as an errno. */
static size_t make_filter(uint64_t *seed, struct sock_filter *f)
{
    size_t n = 0;

    f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                          offsetof(struct seccomp_data, nr));
    f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_dup3, 1, 0);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    for (unsigned i = 0; i < BPF_MEMWORDS; i++)
        f[n++] = (struct sock_filter)BPF_STMT(BPF_ST, i);
    for (int left = LENGTH; left > 0; left--)
        f[n++] = instruction(seed, left);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x7ff);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
    return n;
}

/* The errno by the kernel, or ALLOWED; -1: it takes no filter. */
static int ask_kernel(struct sock_filter *f, size_t count, const __u64 *args)
{
    struct sock_fprog program = {.len = (unsigned short)count, .filter = f};
    int answer = -1, pipes[2], status;
    pid_t child;

    assert_int_equal(pipe(pipes), 0);
    child = fork();
    if (child == 0) {
        int result = -1;

        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) {
            result = (int)syscall(SYS_dup3, -1L, args[1], args[2], args[3], args[4], args[5]);
            result = result == 0 ? 0 : errno;
        }
        if (write(pipes[1], &result, sizeof result) != sizeof result)
            _exit(1);
        _exit(0);
    }
    close(pipes[1]);
    if (read(pipes[0], &answer, sizeof answer) != sizeof answer)
        answer = -2; /* it was killed: a division by 0 */
    close(pipes[0]);
    waitpid(child, &status, 0);
    return answer;
}

static void answers_as_the_kernel_does(void **state)
{
    uint64_t seed = 1;
    int different = 0;
    const char *text = getenv("EPIPE_BPF_FILTERS");
    int filters = text != NULL ? atoi(text) : FILTERS;

    (void)state;
    for (int i = 0; i < filters; i++) {
        struct sock_filter f[LENGTH + BPF_MEMWORDS + 8];
        size_t count = make_filter(&seed, f);
        struct seccomp_data data = {.nr = SYS_dup3, .arch = AUDIT_ARCH_X86_64};
        uint32_t mine;
        int kernels;

        data.args[0] = (uint64_t)-1;
        for (int a = 1; a < ARGUMENTS; a++)
            data.args[a] = pseudo_random(&seed) % 4 == 0 ? 0 : pseudo_random(&seed);
        kernels = ask_kernel(f, count, data.args);
        if (kernels == -1 && i == 0)
            skip();
        /* The instruction pointer is not known before: run as if at two places, and compare
         * where it makes no difference. */
        mine = seccomp_bpf_run(f, count, &data);
        data.instruction_pointer = 0x123456789abcdef;
        if (kernels < -1 ? mine != 0
                         : seccomp_bpf_run(f, count, &data) == mine &&
                               (int)(mine & SECCOMP_RET_DATA) != kernels)
            different++;
    }
    assert_int_equal(different, 0);
}

static uint32_t answer(const struct sock_filter *f, size_t count)
{
    const struct seccomp_data data = {.nr = 1};

    return seccomp_bpf_run(f, count, &data);
}

static void takes_no_nonsense(void **state)
{
    const struct sock_filter endless[] = {BPF_STMT(BPF_JMP | BPF_JA, 0xffffffff)};
    const struct sock_filter outside[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64),
                                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const struct sock_filter memory[] = {BPF_STMT(BPF_ST, 16),
                                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const struct sock_filter allowed[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};

    (void)state;
    assert_int_equal(answer(endless, 1), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(answer(outside, 2), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(answer(memory, 2), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(answer(NULL, 0), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(answer(allowed, 1), SECCOMP_RET_ALLOW);
}

static void the_stronger_answer_wins(void **state)
{
    (void)state;
    assert_int_equal(seccomp_bpf_stronger(SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 5),
                     SECCOMP_RET_ERRNO | 5);
    assert_int_equal(seccomp_bpf_stronger(SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD),
                     SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(seccomp_bpf_stronger(SECCOMP_RET_TRAP, SECCOMP_RET_LOG), SECCOMP_RET_TRAP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_as_the_kernel_does),
        cmocka_unit_test(takes_no_nonsense),
        cmocka_unit_test(the_stronger_answer_wins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
