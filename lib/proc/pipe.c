/* SPDX-License-Identifier: MIT */
#include "pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "epipe.h"
#include "lib/api.h"
#include "lib/with-nocancel.h"

enum { FIRST_FREE = STDERR_FILENO + 1 };

int epipe_pipe_move_up(int *fds, int count)
{
    int saved = errno;
    bool failed = false;

    for (int i = 0; i < count; i++) {
        int fd = fds[i];

        if (fd >= FIRST_FREE)
            continue;
        fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
        failed = failed || fds[i] < 0;
        close(fd);
    }
    for (int i = 0; failed && i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    errno = failed ? EMFILE : saved; /* EINVAL: the limit is below FIRST_FREE */
    return failed ? -1 : 0;
}

API int epipe_pipe(int fds[2], int flags)
{
    int ends[2], result;

    if (fds == NULL) {
        errno = EFAULT;
        return -1;
    }
    if (pipe2(ends, flags | O_CLOEXEC) != 0)
        return -1;
    WITH_CANCEL_DISABLED(result, epipe_pipe_move_up(ends, 2));
    if (result != 0)
        return -1;
    memcpy(fds, ends, sizeof ends);
    return 0;
}
