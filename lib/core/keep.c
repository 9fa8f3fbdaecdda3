/* SPDX-License-Identifier: MIT */
#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/vfs.h>

#include "arch/arch.h"
#include "syscall.h"

enum { PIPEFS = 0x50495045, LAST_INHERITED = 1023 };

/* ksh93 makes a one-way pipe out of a socketpair, and takes the permission to read from
 * the writing end. */
static bool is_one_way(const struct fdstat *object)
{
    return S_ISFIFO(object->mode) || (S_ISSOCK(object->mode) && !(object->mode & S_IRUSR));
}

static bool is_for_writing(int fd)
{
    return (raw_syscall(SYS_fcntl, fd, F_GETFL, 0, 0) & O_ACCMODE) != O_RDONLY;
}

/* Is TEXT, "DEVICE:INODE", about OBJECT? */
static bool names(const char *text, const struct fdstat *object)
{
    uint64_t number[2] = {0};

    for (int i = 0; text != NULL && *text != '\0'; text++) {
        if (*text >= '0' && *text <= '9')
            number[i] = number[i] * 10 + (unsigned char)(*text - '0');
        else if (*text != ':' || i++ != 0)
            return false;
    }
    return number[0] == object->device && number[1] == object->inode;
}

static bool begins(const char **text, const char *with)
{
    const char *rest = *text;

    while (*with != '\0')
        if (*rest++ != *with++)
            return false;
    *text = rest;
    return true;
}

/* Is the other end journald's /run/systemd/journal/stdout, or that of a namespace of
 * its, /run/systemd/journal.NAME/stdout? */
static bool is_to_journald(int fd)
{
    struct sockaddr_un peer = {0};
    socklen_t size = sizeof peer - 1;
    const char *path = peer.sun_path;

    if (raw_syscall(SYS_getpeername, fd, (long)&peer, (long)&size, 0) != 0 ||
        peer.sun_family != AF_UNIX || !begins(&path, "/run/systemd/journal"))
        return false;
    if (*path == '.')
        while (*path != '/' && *path != '\0')
            path++;
    return begins(&path, "/stdout") && *path == '\0';
}

static void note_inherited(struct keep *keep)
{
    for (int fd = 0; fd <= LAST_INHERITED && keep->inherited_count < KEEP_INHERITED; fd++) {
        struct fdstat *object = &keep->inherited[keep->inherited_count];

        if (epipe_fdstat(fd, object) && S_ISFIFO(object->mode) && is_for_writing(fd))
            keep->inherited_count++;
    }
}

bool epipe_keep_is_journal(const char *journal, const struct fdstat *object, int fd)
{
    return names(journal, object) || is_to_journald(fd);
}

void epipe_keep_start(struct keep *keep, const struct keep_rule *rule, const char *journal)
{
    keep->rule = *rule;
    for (int fd = 1; fd <= 2; fd++) {
        struct fdstat *object = &keep->at_start[fd];

        if (!epipe_fdstat(fd, object))
            continue;
        keep->kept_at_start[fd] =
            S_ISFIFO(object->mode)
                ? is_for_writing(fd)
                : S_ISSOCK(object->mode) && !epipe_keep_is_journal(journal, object, fd);
    }
    if (rule->inherited)
        note_inherited(keep);
}

bool epipe_keep_is_as_at_start(const struct keep *keep, int fd)
{
    struct fdstat now;

    return epipe_fdstat(fd, &now) && epipe_fdstat_is_same(&now, &keep->at_start[fd]);
}

static bool was_at_start(const struct keep *keep, const struct fdstat *object)
{
    for (int fd = 1; fd <= 2; fd++)
        if (keep->kept_at_start[fd] && epipe_fdstat_is_same(object, &keep->at_start[fd]))
            return true;
    return false;
}

static bool is_stdio_now(const struct fdstat *object)
{
    struct fdstat now;

    for (int fd = 1; is_one_way(object) && fd <= 2; fd++)
        if (epipe_fdstat(fd, &now) && epipe_fdstat_is_same(object, &now) && is_for_writing(fd))
            return true;
    return false;
}

static bool was_inherited(const struct keep *keep, const struct fdstat *object)
{
    for (unsigned i = 0; i < keep->inherited_count; i++)
        if (epipe_fdstat_is_same(object, &keep->inherited[i]))
            return true;
    return false;
}

static bool is_anonymous(int fd)
{
    struct statfs fs;

    return raw_syscall(SYS_fstatfs, fd, (long)&fs, 0, 0) == 0 && fs.f_type == PIPEFS;
}

/* Can what 1 or 2 is, or was at start, be what failed? */
static bool can_be_stdio(const struct keep *keep, unsigned how)
{
    if (!keep->rule.stdio)
        return false;
    if (atomic_load_explicit(&keep->replaced, memory_order_relaxed))
        return true;
    for (int fd = 1; fd <= 2; fd++)
        if (keep->kept_at_start[fd] &&
            (S_ISSOCK(keep->at_start[fd].mode) || !(how & KEEP_IS_SEND)))
            return true;
    return false;
}

enum keep_answer epipe_keep_matches(const struct keep *keep, int fd, unsigned how,
                                    struct fdstat *object)
{
    const struct keep_rule *rule = &keep->rule;
    bool is_standard = fd == 1 || fd == 2;
    bool by_number = keep_lists(rule, fd) || (is_standard && rule->stdio);
    bool by_stdio = can_be_stdio(keep, how);
    bool can_be_pipe = !(how & KEEP_IS_SEND);
    bool by_stage = can_be_pipe && how & KEEP_IN_STAGE && rule->stages;
    bool by_inherited = can_be_pipe && keep->inherited_count > 0;
    long error;

    if (by_number && !is_standard)
        return KEEP_YES;
    if (!by_number && !by_stdio && !by_stage && !by_inherited)
        return KEEP_NOT;
    error = epipe_fdstat_fd(fd, object);
    if (error != 0) /* a sandbox forbids fstat: leave standard output as it is */
        return by_number && error != -EBADF ? KEEP_YES : KEEP_NOT;
    /* What else 1 or 2 is raises no SIGPIPE, and has taken the place of what did. */
    if (by_number && is_one_way(object))
        return KEEP_YES;
    if ((by_number || by_stdio) && was_at_start(keep, object))
        return KEEP_YES;
    if (by_stdio && atomic_load_explicit(&keep->replaced, memory_order_relaxed) &&
        is_stdio_now(object))
        return KEEP_YES;
    if (!S_ISFIFO(object->mode))
        return KEEP_NOT;
    if (by_inherited && was_inherited(keep, object))
        return KEEP_YES;
    return by_stage && is_anonymous(fd) ? KEEP_UNLESS_SHARED : KEEP_NOT;
}

static bool is_broken_and_kept(const struct keep *keep, int fd)
{
    struct fdstat object;

    return epipe_fdstat_is_broken(fd) && epipe_keep_matches(keep, fd, 0, &object) == KEEP_YES;
}

static bool is_any_kept_broken(const struct keep *keep)
{
    for (int fd = 1; keep->rule.stdio && fd <= 2; fd++)
        if (is_broken_and_kept(keep, fd))
            return true;
    for (unsigned i = 0; i < keep->rule.count; i++)
        if (is_broken_and_kept(keep, keep->rule.numbers[i]))
            return true;
    return false;
}

bool epipe_keep_matches_instead(const struct keep *keep, int fd)
{
    return (keep->rule.stdio || keep->rule.count > 0) &&
           (ARCH_ARG0_IS_DOUBTFUL(fd) || !epipe_fdstat_is_broken(fd)) &&
           is_any_kept_broken(keep);
}

bool epipe_keep_holds(const struct keep *keep, int fd)
{
    struct fdstat object;

    return (fd >= 0 && (!ARCH_ARG0_IS_DOUBTFUL(fd) || epipe_fdstat_is_broken(fd)) &&
            epipe_keep_matches(keep, fd, 0, &object) == KEEP_YES) ||
           epipe_keep_matches_instead(keep, fd);
}
