/* SPDX-License-Identifier: MIT
 *
 * uring [stdout]: a broken write to a dead socket, or to standard output, submitted
 * through io_uring: io_uring_enter returns 1, the completion says EPIPE, and SIGPIPE
 * is raised.  Exits 77 where the kernel does not let it be used.
 */
#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "broken-fd.h"

static void *map(int ring, size_t size, off_t offset)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, offset);

    need(p != MAP_FAILED, "mmap");
    return p;
}

static unsigned *at(void *base, uint32_t offset)
{
    return (unsigned *)(void *)((char *)base + offset);
}

int main(int argc, char **argv)
{
    int to_stdout = argc == 2 && strcmp(argv[1], "stdout") == 0;
    struct io_uring_params params = {0};
    struct io_uring_cqe *completion;
    struct io_uring_sqe *entry;
    int ring = (int)syscall(SYS_io_uring_setup, 1, &params);
    void *submissions, *completions;
    long result;

    if (ring < 0) {
        printf("io_uring: %s\n", errno_name());
        return 77;
    }
    submissions = map(ring, params.sq_off.array + params.sq_entries * sizeof(unsigned),
                      IORING_OFF_SQ_RING);
    completions = map(ring, params.cq_off.cqes + params.cq_entries * sizeof *completion,
                      IORING_OFF_CQ_RING);
    entry = map(ring, params.sq_entries * sizeof *entry, IORING_OFF_SQES);
    *entry = (struct io_uring_sqe){.opcode = IORING_OP_WRITE,
                                   .fd = to_stdout ? broken_stdout() : broken_fd("unix"),
                                   .addr = (uintptr_t) "x",
                                   .len = 1};
    *at(submissions, params.sq_off.array) = 0;
    *at(submissions, params.sq_off.tail) = 1;
    result = syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
    completion = (struct io_uring_cqe *)(void *)at(completions, params.cq_off.cqes);
    errno = -completion->res;
    printf("io_uring: %ld, completion %s\n", result, errno_name());
    return 0;
}
