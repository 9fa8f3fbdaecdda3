/* SPDX-License-Identifier: MIT
 *
 * splice.c makes the transfers for which there is no flag, sendfile, splice, vmsplice and
 * tee, with SIGPIPE blocked.
 */
#undef _FILE_OFFSET_BITS /* both widths are defined here */
#undef _TIME_BITS

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "api.h"
#include "epipe.h"
#include "with-blocked.h"

API ssize_t epipe_sendfile(int out_fd, int in_fd, off_t *offset, size_t count)
{
    ssize_t result;

    WITH_SIGPIPE_BLOCKED(result, sendfile(out_fd, in_fd, offset, count));
    return result;
}

#if __SIZEOF_LONG__ == 4
API ssize_t epipe_sendfile64(int out_fd, int in_fd, epipe_loff_t *offset, size_t count);

/* What epipe_sendfile is to a program with a 64-bit off_t. */
API ssize_t epipe_sendfile64(int out_fd, int in_fd, epipe_loff_t *offset, size_t count)
{
    ssize_t result;

    WITH_SIGPIPE_BLOCKED(result, sendfile64(out_fd, in_fd, offset, count));
    return result;
}
#endif

API ssize_t epipe_splice(int in_fd, epipe_loff_t *in_offset, int out_fd,
                         epipe_loff_t *out_offset, size_t len, unsigned flags)
{
    ssize_t result;

    WITH_SIGPIPE_BLOCKED(result, splice(in_fd, in_offset, out_fd, out_offset, len, flags));
    return result;
}

API ssize_t epipe_vmsplice(int fd, const struct iovec *iov, size_t count, unsigned flags)
{
    ssize_t result;

    WITH_SIGPIPE_BLOCKED(result, vmsplice(fd, iov, count, flags));
    return result;
}

API ssize_t epipe_tee(int in_fd, int out_fd, size_t len, unsigned flags)
{
    ssize_t result;

    WITH_SIGPIPE_BLOCKED(result, tee(in_fd, out_fd, len, flags));
    return result;
}
