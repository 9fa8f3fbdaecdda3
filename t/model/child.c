/* SPDX-License-Identifier: MIT
 *
 * Forked children.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "execute.h"
#include "fd-slots.h"
#include "second-thread.h"
#include "shim-pending.h"

enum { MOST_CHILDREN = 2, MOST_OPERATIONS = 12 };

static unsigned generation;

bool child_is(void) { return generation > 0; }

static void begin(const struct op *op, bool is_given)
{
    alarm(EXECUTE_SECONDS);
    generation++;
    second_thread_forget();
    scope_forget_pending();
    shim_pending_forget();
    fd_slot_forked(is_given ? op->slot : SLOTS);
}

/* Not among the numbers that a sequence sees. */
static int fd_create_event(void)
{
    int fd = eventfd(0, 0), high = fcntl(fd, F_DUPFD, FD_FREE);

    if (high < 0)
        fd_slot_die("eventfd");
    close(fd);
    return high;
}

unsigned child_fork(const struct op *ops, unsigned at, unsigned to, child_run *run,
                    struct record *record)
{
    unsigned count = 1 + ops[at].a % MOST_OPERATIONS;
    const struct fd_slot *o = fd_slot_in(ops[at].slot);
    bool gives = ops[at].code == OP_STAGE && o != NULL;
    uint64_t value = 1;
    int given, status; /* GIVEN tells the child that it is closed here */
    pid_t pid;

    if (generation >= MOST_CHILDREN) {
        record->notes |= NOTE_SKIPPED;
        return 0;
    }
    if (count > to - at - 1)
        count = to - at - 1;
    given = gives ? fd_create_event() : -1;
    pid = fork();
    if (pid == 0) {
        begin(&ops[at], gives && o->refs == 1);
        if (gives && read(given, &value, sizeof value) != sizeof value)
            fd_slot_die("read");
        close(given);
        run(ops, at + 1, at + 1 + count);
        _exit(0);
    }
    if (gives) {
        fd_slot_close(ops[at].slot);
        fd_slot_write(given, &value, sizeof value);
        close(given);
    }
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            fd_slot_die("waitpid");
    }
    record->result = status;
    return count;
}
