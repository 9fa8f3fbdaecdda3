/* SPDX-License-Identifier: MIT
 *
 * The ways in which a sequence is executed.
 */
#ifndef MODEL_MODE_H
#define MODEL_MODE_H

#include <stdbool.h>

enum way {
    /* The oracles.  Quiet: writes by the helping thread, a scope is a blocked SIGPIPE.
     * Quiet, installed: as well, but a scope blocks nothing, and where SIGPIPE is blocked
     * a write in a scope is made in this thread.  Loud: see shim-model.h; one for each setting of
     * the shim. */
    WAY_QUIET,
    WAY_QUIET_INSTALLED,
    WAY_LOUD,
    WAY_LOUD_KEEP_NONE,
    WAY_LOUD_OVERRIDE,
    /* Plainly with SIGPIPE ignored: the oracle's oracle. */
    WAY_IGNORED,
    /* What is under test.  A program that uses the library shows the same under the shim. */
    WAY_LIBRARY,
    WAY_INSTALLED,
    WAY_LIBRARY_SHIM,
    WAY_INSTALLED_SHIM,
    WAY_UNPROTECTED, /* the library's calls are left out: the control */
    WAY_SHIM         /* whatever its settings */
};

static inline bool way_has_library(enum way way)
{
    return way == WAY_LIBRARY || way == WAY_INSTALLED || way == WAY_LIBRARY_SHIM ||
           way == WAY_INSTALLED_SHIM;
}

/* In the oracles by name only. */
static inline bool way_is_installed(enum way way)
{
    return way == WAY_QUIET_INSTALLED || way == WAY_INSTALLED || way == WAY_INSTALLED_SHIM;
}

static inline bool way_installs(enum way way)
{
    return way_is_installed(way) && way_has_library(way);
}

static inline bool way_is_masked(enum way way)
{
    return way == WAY_QUIET || way == WAY_LIBRARY || way == WAY_LIBRARY_SHIM ||
           way == WAY_UNPROTECTED;
}

static inline bool way_has_scopes(enum way way)
{
    return way_is_installed(way) || way_is_masked(way);
}

static inline bool way_is_loud(enum way way)
{
    return way == WAY_LOUD || way == WAY_LOUD_KEEP_NONE || way == WAY_LOUD_OVERRIDE;
}

/* Does its comparison concern the shim? */
static inline bool way_has_shim(enum way way)
{
    return way == WAY_LIBRARY_SHIM || way == WAY_INSTALLED_SHIM || way == WAY_SHIM ||
           way_is_loud(way);
}

#endif
