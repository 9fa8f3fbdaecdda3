/* SPDX-License-Identifier: MIT
 *
 * Unit tests of graft/tracee-mem.c: a write where /proc/PID/mem is for reading only, which is
 * made in whole words.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "graft/tracee.h"

static char memory[] = "what was there in the first place";

static void leaves_what_is_behind(void **state)
{
    char path[32], now[sizeof memory], expected[sizeof memory];
    struct tracee t = {.mem = -1};
    int status;

    (void)state;
    t.pid = t.tid = fork();
    if (t.pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0)
            _exit(77);
        raise(SIGSTOP);
        _exit(0);
    }
    assert_int_equal(waitpid(t.pid, &status, 0), t.pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    snprintf(path, sizeof path, "/proc/%d/mem", t.pid);
    t.mem = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(t.mem >= 0);
    memcpy(expected, memory, sizeof memory);
    for (size_t size = 1; size <= 20; size++) {
        memset(expected, 'A' + (int)size, size);
        assert_true(tracee_write(&t, (uintptr_t)memory, expected, size));
        assert_true(tracee_read(&t, (uintptr_t)memory, now, sizeof now));
        assert_memory_equal(now, expected, sizeof now);
    }
    close(t.mem);
    kill(t.pid, SIGKILL);
    assert_int_equal(waitpid(t.pid, &status, 0), t.pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(leaves_what_is_behind)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
