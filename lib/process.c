/* SPDX-License-Identifier: MIT
 *
 * Standard output and error are left out by the shim's own rule (keep.h), if all users
 * have asked for that.
 */
#include "process.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "api.h"
#include "epipe.h"
#include "handler.h"
#include "lib/core/keep.h"
#include "lib/core/sigpipe.h"

atomic_uint epipe_process_scopes;

static pthread_mutex_t users_lock = PTHREAD_MUTEX_INITIALIZER; /* for what follows */
static atomic_bool keeps_stdio; /* all users have asked for it */
static bool is_noted;           /* what standard output and error were */
static struct keep keep;

bool epipe_process_keeps(const struct broken_write *broken)
{
    return atomic_load(&keeps_stdio) && epipe_keep_holds(&keep, broken->fd);
}

/* The handler may read this from now on, so it is written once. */
static void note_stdio(void)
{
    if (is_noted)
        return;
    epipe_keep_start(&keep, &(struct keep_rule){.stdio = true},
                     secure_getenv("JOURNAL_STREAM"));
    atomic_store(&keep.replaced, true); /* nothing tells when something is put there */
    is_noted = true;
}

API int epipe_process_enter(int flags)
{
    bool keeps = flags == EPIPE_KEEP_STDIO, kept;
    int result;

    if ((flags & ~EPIPE_KEEP_STDIO) != 0) {
        errno = EINVAL;
        return -1;
    }
    pthread_mutex_lock(&users_lock);
    if (keeps)
        note_stdio();
    /* Before the handler is in place, which asks for it at once. */
    kept = keeps_stdio;
    atomic_store(&keeps_stdio, keeps && (kept || epipe_process_scopes == 0));
    result = epipe_handler_count(&epipe_process_scopes, 1);
    if (result != 0)
        atomic_store(&keeps_stdio, kept);
    pthread_mutex_unlock(&users_lock);
    return result;
}

API int epipe_process_leave(void)
{
    int result;

    pthread_mutex_lock(&users_lock);
    result = epipe_handler_count(&epipe_process_scopes, -1);
    pthread_mutex_unlock(&users_lock);
    return result;
}
