/* SPDX-License-Identifier: MIT
 *
 * The path that epipe and epipe --check take through a file, on a file of these bytes:
 * finding it, following a script, reading ELF, judging it against a shim.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/target.h"
#include "fuzz.h"

static void require(bool what)
{
    if (!what)
        abort();
}

static void has_end(const char *text, size_t size)
{
    require(memchr(text, '\0', size) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    static struct shim shim; /* for this program's own ABI */
    struct target target = {0};
    if (fd < 0) {
        /* Not closed on exec: as a script it is its own interpreter by this path. */
        fd = memfd_create("fuzz", 0);
        require(fd >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    require(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);

    require(target_read_fd(fd, &target) == 0);
    has_end(target.elf.interpreter, sizeof target.elf.interpreter);
    require(target.elf.is_elf || !target.elf.is_go);
    require(target.elf.has_interpreter || target.elf.loader == LOADER_NONE);
    require(strlen(elf_machine(&target.elf)) > 0);
    require(elf_same_abi(&target.elf, &target.elf));
    require(lseek(fd, 0, SEEK_CUR) == 0);

    if (target_read(path, &target) == 0)
        require(target_explain(target_check(&target, &shim)) != NULL);
    has_end(target.path, sizeof target.path);
    if (target.fd >= 0)
        close(target.fd);
    return 0;
}
