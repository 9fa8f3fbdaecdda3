/* SPDX-License-Identifier: MIT */
#include "fallback.h"

#include <signal.h>
#include <string.h>

#include "exit-status.h"
#include "lib/core/ksigaction.h"
#include "message.h"

bool fallback_parse(const char *value, enum fallback *fallback)
{
    *fallback = strcmp(value, "ignore") == 0 ? FALLBACK_IGNORE : FALLBACK_REFUSE;
    if (*fallback == FALLBACK_IGNORE || strcmp(value, "refuse") == 0)
        return true;
    print_bad_value("fallback", value, "refuse or ignore");
    return false;
}

/* Would it run at all, and is it the program that is in the way? */
static bool can_ignore(enum target_refusal refusal)
{
    return refusal != TARGET_BROKEN && refusal != TARGET_NO_LOADER &&
           refusal != TARGET_SHIM_BROKEN;
}

static void ignore_sigpipe(void)
{
    sigset_t set;

    sigset_only_sigpipe(&set);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

bool fallback_take(enum fallback fallback, const char *program, const char *path,
                   enum target_refusal refusal, const char *detail)
{
    bool same = strcmp(program, path) == 0;
    bool ignore = fallback == FALLBACK_IGNORE && can_ignore(refusal);

    if (ignore)
        ignore_sigpipe();
    print(stderr, "epipe", "%s%s%s %s%s%s%s", program, same ? "" : ": ", same ? "" : path,
          target_explain(refusal), detail != NULL ? ": " : "", detail != NULL ? detail : "",
          ignore                ? "; SIGPIPE is ignored instead"
          : can_ignore(refusal) ? "; --fallback=ignore would run it with SIGPIPE ignored"
                                : "");
    return ignore;
}

int fallback_status(enum target_refusal refusal)
{
    if (refusal == TARGET_NO_LOADER)
        return EXIT_NOT_FOUND;
    return refusal == TARGET_BROKEN ? EXIT_NOT_EXECUTABLE : EXIT_OWN_FAILURE;
}
