/* SPDX-License-Identifier: MIT
 *
 * tracee-filters.c asks the kernel how a stopped thread's system calls are filtered.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "control.h"
#include "seccomp-bpf.h"
#include "tracee-ptrace.h"

/* As linux/ptrace.h has them, which cannot be included beside sys/ptrace.h. */
enum {
    GET_FILTER = 0x420c,
    GET_DISPATCH = 0x4211, /* since Linux 6.4 */
    SUSPEND_FILTERS = 1 << 21
};

bool tracee_dispatches(const struct tracee *t)
{
    uint64_t config[4] = {0};

    return !without("dispatch") &&
           tracee_request(t, GET_DISPATCH, sizeof config, (unsigned long)config) == 0 &&
           config[0] != 0;
}

bool tracee_filter_answer(const struct tracee *t, enum arch_call call,
                          const uint64_t args[3], uint32_t *answer)
{
    struct seccomp_data data = {.nr = arch_numbers[t->is32][call], .arch = arch_audit[t->is32]};
    struct sock_filter program[BPF_MAXINSNS];
    long count;

    memcpy(data.args, args, 3 * sizeof *args);
    *answer = SECCOMP_RET_ALLOW;
    for (unsigned long i = 0;
         (count = tracee_request(t, GET_FILTER, i, (unsigned long)program)) > 0; i++) {
        uint32_t one = seccomp_bpf_run(program, (size_t)count, &data);

        *answer = seccomp_bpf_stronger(*answer, one);
    }
    return errno == ENOENT; /* it was the last one */
}

bool tracee_suspend_filters(struct tracee *t)
{
    return tracee_request(t, PTRACE_SETOPTIONS, 0, PTRACE_O_TRACESYSGOOD | SUSPEND_FILTERS) == 0;
}
