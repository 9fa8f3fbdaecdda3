/* SPDX-License-Identifier: MIT
 *
 * tracee-mem.c reads and writes a target's memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "proc-status.h"
#include "tracee-ptrace.h"

bool tracee_open(struct tracee *t, pid_t pid)
{
    unsigned char head[20] = {0}; /* of its program, an ELF file */
    int exe;

    *t = (struct tracee){.pid = pid, .tid = pid};
    t->mem = open(proc_path(pid, 0, "mem").text, O_RDWR | O_CLOEXEC);
    if (t->mem < 0 && errno == EROFS) /* as containers have /proc */
        t->mem = open(proc_path(pid, 0, "mem").text, O_RDONLY | O_CLOEXEC);
    exe = t->mem >= 0 ? open(proc_path(pid, 0, "exe").text, O_RDONLY | O_CLOEXEC) : -1;
    if (exe < 0)
        return false;
    if (read(exe, head, sizeof head) != sizeof head)
        head[0] = 0;
    close(exe);
    t->is32 = head[4] == 1;
    errno = ENOEXEC;
    return head[0] == 0x7f && machine_is_known(t->is32, head[18] | (unsigned)head[19] << 8);
}

/* Memory that no process has any more has nothing to read, not even an error. */
bool tracee_memory_is_gone(const struct tracee *t)
{
    char byte;

    return t->mem >= 0 && pread(t->mem, &byte, 1, 0) == 0;
}

bool tracee_read(const struct tracee *t, uint64_t from, void *to, size_t size)
{
    ssize_t n = pread(t->mem, to, size, (off_t)from);

    if (n >= 0 && n < (ssize_t)size)
        errno = EIO;
    return n == (ssize_t)size;
}

bool tracee_write(struct tracee *t, uint64_t to, const void *from, size_t size)
{
    unsigned long word;

    if (pwrite(t->mem, from, size, (off_t)to) == (ssize_t)size)
        return true;
    /* A kernel may forbid that way to write where the target itself cannot; or /proc is mounted
     * for reading only. */
    for (size_t at = 0; at < size; at += sizeof word) {
        size_t part = size - at < sizeof word ? size - at : sizeof word;

        if (!tracee_read(t, to + at, &word, sizeof word))
            return TRACEE_FAIL(t, "its memory cannot be read: %s", strerror(errno));
        memcpy(&word, (const char *)from + at, part);
        if (tracee_request(t, PTRACE_POKEDATA, to + at, word) != 0)
            return TRACEE_FAIL(t, "its memory cannot be written: %s", strerror(errno));
    }
    return true;
}
