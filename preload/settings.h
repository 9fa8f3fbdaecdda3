/* SPDX-License-Identifier: MIT
 *
 * settings.c parses the settings: the EPIPE_* variables as the shim reads them and as the
 * epipe command checks them before it sets them.  The grammar stands here and in
 * settings.c only.
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
 *   EPIPE_SERVICE   off | on                    keep=stages and children=none, where
 *                   these are not set themselves
 */
#ifndef EPIPE_SETTINGS_H
#define EPIPE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/keep.h"
#include "preload/log/options.h"

enum { SETTINGS_ONLY = 1024, SETTINGS_PATH = 1024, SETTINGS_GIVE_UP = 1000000 };

struct settings {
    struct keep_rule keep;
    char only[SETTINGS_ONLY]; /* as given; empty: every call */
    bool override_handlers;
    bool clean_children;
    enum log_sink log;
    char log_path[SETTINGS_PATH];
    bool trace;
    bool summary;
    unsigned give_up; /* 0: never */
    bool is_service;
    unsigned are_set; /* keys that settings_set() has set: 1 << KEY_KEEP and so on */
};

/* keep=stdio,stages, every library, handlers=respect, children=inherit, and the rest off. */
extern const struct settings settings_default;

enum setting_key {
    KEY_KEEP,
    KEY_ONLY,
    KEY_HANDLERS,
    KEY_CHILDREN,
    KEY_LOG,
    KEY_TRACE,
    KEY_SUMMARY,
    KEY_GIVE_UP,
    KEY_SERVICE,
    SETTINGS_KEYS
};

struct setting_name {
    const char *variable; /* EPIPE_KEEP */
    const char *option;   /* keep */
    const char *values;   /* what would be right, for messages */
    const char *service;  /* the value that service=on stands for, or NULL */
};

extern const struct setting_name setting_names[SETTINGS_KEYS];

/* Which setting ENTRY, as "EPIPE_KEEP=none", sets; SETTINGS_KEYS if none. */
enum setting_key settings_key_of(const char *entry);

struct setting_error {
    const char *word; /* the offending part of the value, LENGTH bytes */
    size_t length;
    const char *why;
};

/* Sets what KEY stands for to VALUE.  On a bad value returns false, fills ERROR
 * and leaves SETTINGS as it was.  Async-signal-safe; allocates nothing. */
bool settings_set(struct settings *settings, enum setting_key key, const char *value,
                  struct setting_error *error);

/* Does a library of this file name (no directories) match only? */
bool settings_name_library(const struct settings *settings, const char *name);

#endif
