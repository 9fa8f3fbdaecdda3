/* SPDX-License-Identifier: MIT
 *
 * Handlers that write.  The library's write raises nothing, so that its references need not
 * make it; a plain one raises its signal on top of what the handler has interrupted.
 */
#include "handler-writes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "call-form.h"
#include "fd-slots.h"
#include "pending.h"
#include "shim-model.h"

static unsigned left;
static uint32_t shape;

void handler_writes_prepare(void)
{
    int ends[2];

    if (pipe(ends) != 0 || dup2(ends[1], FD_DEAD) != FD_DEAD)
        fd_slot_die("pipe");
    close(ends[0]);
    close(ends[1]);
}

void handler_writes_arm(unsigned count, uint32_t how)
{
    left = count;
    shape = how;
}

static ssize_t write_to_it(enum call_form manner)
{
    off_t offset = 0;
    loff_t splice_offset = 0;

    if (shape & 1)
        return CALL(manner, write, FD_DEAD, "x", 1);
    if (shape & 2)
        return CALL(manner, sendfile, FD_DEAD, FD_SOURCE, &offset, 1);
    return CALL(manner, splice, FD_SOURCE, &splice_offset, FD_DEAD, NULL, 1, 0);
}

static ssize_t make(enum mode mode)
{
    struct shim_model_call outer;
    ssize_t n;

    if (mode_has_library(mode))
        return write_to_it(BY_LIBRARY);
    if (!mode_is_shim_model(mode))
        return write_to_it(PLAINLY);
    shim_model_handler_begins(&outer);
    if (mode_is_attached_model(mode) && !(shape & 3)) /* by splice() */
        shim_model_transfer_begins(KEPT_LIKE_ANY);
    n = write_to_it(PLAINLY);
    shim_model_handler_ends(&outer);
    return n;
}

void handler_writes_write(enum mode mode, struct record *record)
{
    int saved = errno;
    unsigned answer = 1;

    if (left == 0)
        return;
    left--;
    /* The limits of any other transfer, see execute-write.c. */
    if (mode_has_shim(mode) && pending_in_process(SIGPIPE))
        record->notes |= NOTE_MERGES;
    if (mode != MODE_QUIET && mode != MODE_QUIET_INSTALLED)
        answer = make(mode) < 0 && errno == EPIPE ? 1 : 2;
    record->writes = (uint16_t)((unsigned)record->writes << 2 | (unsigned)answer);
    errno = saved;
}
