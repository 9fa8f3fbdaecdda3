/* SPDX-License-Identifier: MIT */
#include "shim-counters.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

static bool read_memory(const struct process *process, uint64_t address, void *to, size_t size)
{
    struct iovec local = {to, size}, remote = {(void *)(uintptr_t)address, size};

    return address <= UINTPTR_MAX &&
           process_vm_readv(process->thread, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

/* By its magic, in the shim's data, of which there is little. */
static bool find_header(const char *data, size_t size, struct counters_header *header)
{
    for (size_t at = 0; at + sizeof *header <= size; at += 4) {
        memcpy(header, data + at, sizeof *header);
        if (memcmp(header->magic, "EPIPECNT", sizeof header->magic) == 0 &&
            header->version == COUNTERS_VERSION && header->size == sizeof(struct counters))
            return true;
    }
    return false;
}

bool shim_counters_read(const struct process *process, struct counters *counters, unsigned *keeps)
{
    enum { MOST = 1 << 20 };
    size_t size = process->shim_data_size < MOST ? process->shim_data_size : MOST;
    char *data = malloc(size);
    struct counters_header header;
    bool is_found = data != NULL && read_memory(process, process->shim_data, data, size) &&
                    find_header(data, size, &header) &&
                    read_memory(process, header.address, counters, sizeof *counters);

    free(data);
    *keeps = is_found ? (unsigned)header.keeps : 0;
    return is_found;
}
