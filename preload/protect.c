/* SPDX-License-Identifier: MIT */
#include "protect.h"

#include "lib/core/parent.h"
#include "lib/core/wipeonfork.h"
#include "preload/log/dso.h"
#include "preload/log/log.h"

static const struct settings *settings = &settings_default;
struct keep protect_keep;
atomic_bool protect_made_pipe;

void protect_start(const struct settings *p, const char *journal)
{
    settings = p;
    epipe_keep_start(&protect_keep, &p->keep, journal);
}

/* In a forked child that has made no pipe, while its parents have. */
static bool is_in_stage(void)
{
    return wipeonfork_is_child() && !epipe_wipeonfork->made_pipe &&
           atomic_load_explicit(&protect_made_pipe, memory_order_relaxed);
}

static bool is_kept(struct broken_write *broken)
{
    unsigned how = (broken->is_send ? KEEP_IS_SEND : 0) | (is_in_stage() ? KEEP_IN_STAGE : 0);
    struct fdstat object = {0};

    if (broken->fd >= 0) {
        enum keep_answer answer = epipe_keep_matches(&protect_keep, broken->fd, how, &object);

        broken->mode = object.mode;
        if (answer == KEEP_YES ||
            (answer == KEEP_UNLESS_SHARED && !epipe_parent_can_write(&object, broken->fd)))
            return true;
    }
    return !broken->fd_is_recorded && epipe_keep_matches_instead(&protect_keep, broken->fd);
}

bool protect_should_swallow(struct broken_write *broken)
{
    if (is_kept(broken))
        return false;
    if (settings->only[0] != '\0') {
        char name[DSO_NAME];

        /* To unwind for it may take a lock, or read where nothing is. */
        if (broken->caller == NULL) {
            log_unknown_caller(broken);
            return false;
        }
        return dso_name(broken->caller, name, NULL) && settings_name_library(settings, name);
    }
    return true;
}
