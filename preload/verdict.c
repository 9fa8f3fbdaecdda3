/* SPDX-License-Identifier: MIT
 *
 * The catcher's judge: which broken writes are protected.
 *
 * Standard output and error are where a pipeline ends, so they keep the classic
 * death while they are a pipeline's: a FIFO, a one-way socket as ksh93 makes for
 * its pipelines, or whatever the program was started with.  A daemon that closed
 * 1 and 2 and was given a socket under that number is protected.
 */
#include "verdict.h"

#include <errno.h>
#include <sys/stat.h>

#include "module.h"

static const struct policy *policy = &policy_default;

static struct object {
    bool known;
    dev_t device;
    ino_t inode;
} at_start[3];

void verdict_start(const struct policy *p)
{
    policy = p;
    for (int fd = 1; fd <= 2; fd++) {
        struct stat st;

        if (fstat(fd, &st) == 0)
            at_start[fd] = (struct object){true, st.st_dev, st.st_ino};
    }
}

static bool is_at_start(int fd, const struct stat *st)
{
    const struct object *o = &at_start[fd];

    return o->known && o->device == st->st_dev && o->inode == st->st_ino;
}

bool verdict_is_as_at_start(int fd)
{
    struct stat st;

    return (fd == 1 || fd == 2) && fstat(fd, &st) == 0 && is_at_start(fd, &st);
}

static bool is_kept(int fd)
{
    struct stat st;

    if (!policy_lists(policy, fd))
        return false;
    if (fd != 1 && fd != 2)
        return true;
    if (fstat(fd, &st) != 0)
        return errno != EBADF; /* a sandbox forbids the look: leave things as they are */
    /* ksh93 makes a one-way pipe out of a socketpair, and takes the permission
     * to read from the writing end. */
    if (S_ISFIFO(st.st_mode) || (S_ISSOCK(st.st_mode) && !(st.st_mode & S_IRUSR)))
        return true;
    return is_at_start(fd, &st);
}

/* Where the descriptor is not known, it is taken for a kept one if one of those
 * is broken. */
static bool may_be_kept(void)
{
    for (unsigned i = 0; i < policy->keep_count; i++)
        if (catch_is_dead(policy->keep[i]) && is_kept(policy->keep[i]))
            return true;
    return false;
}

bool verdict_protects(const struct broken *broken)
{
    if (broken->fd < 0 ? may_be_kept() : is_kept(broken->fd))
        return false;
    if (policy->only[0] != '\0') {
        const void *caller = broken->caller;
        char name[MODULE_NAME];

        if (caller == NULL)
            caller = module_caller(broken->context);
        return caller != NULL && module_name(caller, name, NULL) &&
               policy_names_library(policy, name);
    }
    return true;
}
