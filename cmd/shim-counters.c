/* SPDX-License-Identifier: MIT */
#include "shim-counters.h"

#include <stddef.h>
#include <string.h>
#include <sys/uio.h>

#include "preload/counters.h"

_Static_assert(offsetof(struct shim_counters, let_through) ==
                   offsetof(struct counters, let_through) - offsetof(struct counters, swallowed),
               "both have the same order");

static bool read_memory(const struct process *process, uint64_t address, void *to, size_t size)
{
    struct iovec local = {to, size}, remote = {(void *)(uintptr_t)address, size};

    return address <= UINTPTR_MAX &&
           process_vm_readv(process->thread, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

bool shim_counters_read(const struct process *process, struct shim_counters *counters)
{
    static char data[65536]; /* the shim's own, where the header stands by its magic */
    size_t size = process->shim_data_size < sizeof data ? process->shim_data_size : sizeof data;
    struct counters_header header;
    struct counters found;

    if (!read_memory(process, process->shim_data, data, size))
        return false;
    for (size_t at = 0; at + sizeof header <= size; at += 4) {
        memcpy(&header, data + at, sizeof header);
        if (memcmp(header.magic, "EPIPECNT", sizeof header.magic) != 0 ||
            header.version != COUNTERS_VERSION || header.size != sizeof found)
            continue;
        if (!read_memory(process, header.address, &found, sizeof found))
            return false;
        memcpy(counters, found.swallowed, sizeof found.swallowed + sizeof found.let_through);
        counters->keeps_stdio = header.keeps_stdio != 0;
        return true;
    }
    return false;
}
