/* SPDX-License-Identifier: MIT
 *
 * The catcher's judge: which broken writes are protected.
 *
 * Standard output and error are where a pipeline ends, so they keep the classic
 * death while they are a pipeline's: a FIFO, a one-way socket as ksh93 makes for
 * its pipelines, or the socket that the program was started with.  A daemon that closed
 * 1 and 2 and was given a socket under that number is protected.
 */
#include "verdict.h"

#include <errno.h>
#include <sys/stat.h>

#include "look.h"
#include "module.h"
#include "report.h"

static const struct policy *policy = &policy_default;

static struct {
    bool known;
    struct look object;
} at_start[3];

void verdict_start(const struct policy *p)
{
    policy = p;
    for (int fd = 1; fd <= 2; fd++)
        at_start[fd].known = epipe_look(fd, &at_start[fd].object);
}

static bool is_at_start(int fd, const struct look *now)
{
    const struct look *object = &at_start[fd].object;

    return at_start[fd].known && object->device == now->device && object->inode == now->inode;
}

bool verdict_is_as_at_start(int fd)
{
    struct look now;

    return (fd == 1 || fd == 2) && epipe_look(fd, &now) && is_at_start(fd, &now);
}

static bool is_kept(int fd)
{
    struct look now;

    if (!policy_lists(policy, fd))
        return false;
    if (fd != 1 && fd != 2)
        return true;
    if (!epipe_look(fd, &now))
        return errno != EBADF; /* a sandbox forbids the look: leave things as they are */
    /* ksh93 makes a one-way pipe out of a socketpair, and takes the permission
     * to read from the writing end. */
    if (S_ISFIFO(now.mode) || (S_ISSOCK(now.mode) && !(now.mode & S_IRUSR)))
        return true;
    /* What else there is raises no SIGPIPE, and has taken the place of what did. */
    return S_ISSOCK(now.mode) && is_at_start(fd, &now);
}

/* Where the descriptor is not known, it is taken for a kept one if one of those
 * is broken. */
static bool may_be_kept(void)
{
    for (unsigned i = 0; i < policy->keep_count; i++)
        if (epipe_look_is_dead(policy->keep[i]) && is_kept(policy->keep[i]))
            return true;
    return false;
}

static bool is_about_kept(const struct broken *broken)
{
    if (broken->fd < 0)
        return may_be_kept();
    if (is_kept(broken->fd))
        return true;
    return !broken->fd_is_claimed && may_be_kept() && !epipe_look_is_dead(broken->fd);
}

bool verdict_protects(const struct broken *broken)
{
    if (is_about_kept(broken))
        return false;
    if (policy->only[0] != '\0') {
        char name[MODULE_NAME];

        /* To unwind for it may take a lock, or read where nothing is. */
        if (broken->caller == NULL) {
            report_unknown_caller(broken);
            return false;
        }
        return module_name(broken->caller, name, NULL) && policy_names_library(policy, name);
    }
    return true;
}
