/* SPDX-License-Identifier: MIT
 *
 * A function of another shared object that does nothing but write: what the way through
 * any library costs.
 */
#include <unistd.h>

#include "ways.h"

ssize_t bench_wrapped_write(int fd, const void *buf, size_t len)
{
    ssize_t result = write(fd, buf, len);

    __asm__ volatile("" ::: "memory"); /* it is to come back here */
    return result;
}
