/* SPDX-License-Identifier: MIT
 *
 * A preload object that puts the blob, which BLOB names, into its own process before main(), as
 * an attach would, where nothing can be traced: under qemu-user.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "graft/page.h"

static __attribute__((constructor)) void put_in(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const char *name = getenv("BLOB");
    int fd = name != NULL ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    struct graft_page *head;
    struct stat is;
    size_t size;

    if (fd < 0 || fstat(fd, &is) != 0)
        _exit(98);
    size = ((size_t)is.st_size + page - 1) / page * page;
    head = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (head == MAP_FAILED || read(fd, head, (size_t)is.st_size) != is.st_size ||
        head->magic != GRAFT_MAGIC || head->size != (size_t)is.st_size)
        _exit(98);
    close(fd);
    head->address = (uintptr_t)head;
    head->data = (uint32_t)size;
    head->pid = getpid();
    head->keep.rule.stdio = true;
    head->action[0] = head->address + head->handler;
    head->action[1] = SA_SIGINFO | SA_RESTART | SA_NODEFER;
    if (head->restorer != 0)
        _exit(97); /* libc's own would have to be asked for */
    if (mprotect(head, size, PROT_READ | PROT_EXEC) != 0 ||
        syscall(SYS_rt_sigaction, SIGPIPE, head->action, NULL, 8) != 0)
        _exit(98);
    unsetenv("LD_PRELOAD");
}
