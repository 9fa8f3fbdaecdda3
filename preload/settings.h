/* SPDX-License-Identifier: MIT
 *
 * What the operator asked for: the EPIPE_* variables as the shim reads them and
 * as the epipe command checks them before it sets them.  The grammar stands
 * here and in settings.c only.
 *
 *   EPIPE_KEEP      none | WORD[,WORD...]       what keeps the default action: stdio,
 *                   stages, inherited, descriptor numbers; see keep.h
 *   EPIPE_ONLY      GLOB[,GLOB...]              protect only calls made by
 *                   libraries of these names
 *   EPIPE_HANDLERS  respect | override
 *   EPIPE_CHILDREN  inherit | none
 *   EPIPE_LOG       off | stderr | syslog | /PATH
 *   EPIPE_TRACE     off | on
 *   EPIPE_SUMMARY   off | on
 *   EPIPE_GIVE_UP   off | N                     0, which is off, to a million
 */
#ifndef EPIPE_SETTINGS_H
#define EPIPE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/keep.h"

enum { POLICY_ONLY = 1024, POLICY_PATH = 1024, POLICY_GIVE_UP = 1000000 };

enum policy_log { LOG_OFF, LOG_STDERR, LOG_SYSLOG, LOG_PATH };

struct policy {
    struct keep_rule keep;
    char only[POLICY_ONLY]; /* as given; empty: every call */
    bool override_handlers;
    bool clean_children;
    enum policy_log log;
    char log_path[POLICY_PATH];
    bool trace;
    bool summary;
    unsigned give_up; /* 0: never */
};

/* keep=stdio,stages, every library, handlers=respect, children=inherit, and the rest off. */
extern const struct policy policy_default;

enum policy_key {
    KEY_KEEP,
    KEY_ONLY,
    KEY_HANDLERS,
    KEY_CHILDREN,
    KEY_LOG,
    KEY_TRACE,
    KEY_SUMMARY,
    KEY_GIVE_UP,
    POLICY_KEYS
};

struct policy_name {
    const char *variable; /* EPIPE_KEEP */
    const char *option;   /* keep */
    const char *values;   /* what would be right, for messages */
};

extern const struct policy_name policy_names[POLICY_KEYS];

struct policy_error {
    const char *word; /* the offending part of the value, LENGTH bytes */
    size_t length;
    const char *why;
};

/* Sets what KEY stands for to VALUE.  On a bad value returns false, fills ERROR
 * and leaves POLICY as it was.  Async-signal-safe; allocates nothing. */
bool policy_set(struct policy *policy, enum policy_key key, const char *value,
                struct policy_error *error);

/* Does a library of this file name (no directories) match only? */
bool policy_names_library(const struct policy *policy, const char *name);

#endif
