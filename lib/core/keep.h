/* SPDX-License-Identifier: MIT
 *
 * keep.c decides which broken writes keep the default action of SIGPIPE: those that end a
 * pipeline.
 *
 * It goes by the object that was written to, and not by its number:
 *   stdio      the pipe, one-way socket or start-up socket that descriptor 1 or 2 is, or
 *              was at start, under every number; never the journal's socket
 *   stages     in a child that was forked and not executed, and has made no pipe since, an
 *              anonymous pipe of the parent's
 *   inherited  every pipe and FIFO that was open for writing at start
 *   numbers    1 and 2 as above, any other one whatever it is
 *
 * Raw system calls alone, no libc, no thread-local storage, no memory but the caller's.
 */
#ifndef EPIPE_KEEP_H
#define EPIPE_KEEP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "fdstat.h"

enum { KEEP_NUMBERS = 64, KEEP_INHERITED = 64 };

struct keep_rule {
    bool stdio, stages, inherited;
    unsigned count;
    int numbers[KEEP_NUMBERS];
};

struct keep {
    struct keep_rule rule;
    struct fdstat at_start[3]; /* what 1 and 2 were; mode 0: closed */
    bool kept_at_start[3];     /* and of these, what ended a pipeline */
    atomic_bool replaced;      /* something else may have been put there since */
    unsigned inherited_count;
    struct fdstat inherited[KEEP_INHERITED];
};

/* What is known of a broken write besides its descriptor. */
enum { KEEP_IS_SEND = 1 /* it failed on a socket */, KEEP_IN_STAGE = 2 };

enum keep_answer {
    KEEP_NOT,
    KEEP_YES,
    KEEP_UNLESS_SHARED /* an anonymous pipe in a stage: see epipe_parent_can_write() */
};

static inline bool keep_lists(const struct keep_rule *rule, int fd)
{
    for (unsigned i = 0; i < rule->count; i++)
        if (rule->numbers[i] == fd)
            return true;
    return false;
}

/* Takes note of RULE and of what descriptors 1 and 2 are now.  JOURNAL is the value of
 * JOURNAL_STREAM, or NULL.  To be called before there are threads. */
void epipe_keep_start(struct keep *keep, const struct keep_rule *rule, const char *journal);

/* Does a broken write to FD keep the default action?  HOW: flags of the above.  Fills
 * OBJECT where the answer is KEEP_UNLESS_SHARED.  Makes no system call where no object can
 * match, and mostly one fstat otherwise.  Thread-safe, async-signal-safe. */
enum keep_answer epipe_keep_matches(const struct keep *keep, int fd, unsigned how,
                                    struct fdstat *object);

/* The same where it is not certain that the write was to FD, which may be -1: if that is not
 * broken, or may be another call's number, and a kept descriptor is, it was to the kept one.
 * Makes no system call where no descriptor is kept.  Thread-safe, async-signal-safe; may
 * change errno. */
bool epipe_keep_matches_instead(const struct keep *keep, int fd);

/* Both: by FD if that is known, or instead of it. */
bool epipe_keep_holds(const struct keep *keep, int fd);

/* Is the socket OBJECT the journal's?  By JOURNAL, which may be NULL, as above, or by the
 * other end of FD, or of a copy of it. */
bool epipe_keep_is_journal(const char *journal, const struct fdstat *object, int fd);

/* Is FD, 1 or 2, still the object that it was at start?  Thread-safe,
 * async-signal-safe. */
bool epipe_keep_is_as_at_start(const struct keep *keep, int fd);

#endif
