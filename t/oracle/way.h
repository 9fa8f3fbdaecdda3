/* SPDX-License-Identifier: MIT
 *
 * The ways in which a sequence is executed.
 */
#ifndef ORACLE_WAY_H
#define ORACLE_WAY_H

#include <stdbool.h>

enum way {
    /* The oracles.  Quiet: writes by the helping thread, a scope is a blocked SIGPIPE.
     * Quiet, installed: as well, but a scope blocks nothing, and where SIGPIPE is blocked
     * a write in a scope is made in this thread.  Loud: see disposition.h. */
    WAY_QUIET,
    WAY_QUIET_INSTALLED,
    WAY_LOUD,
    /* Plainly with SIGPIPE ignored: the oracle's oracle. */
    WAY_IGNORED,
    /* What is under test. */
    WAY_LIBRARY,
    WAY_INSTALLED,
    WAY_UNPROTECTED, /* the library's calls are left out: the control */
    WAY_SHIM
};

static inline bool way_is_installed(enum way way)
{
    return way == WAY_QUIET_INSTALLED || way == WAY_INSTALLED;
}

static inline bool way_is_masked(enum way way)
{
    return way == WAY_QUIET || way == WAY_LIBRARY || way == WAY_UNPROTECTED;
}

static inline bool way_has_scopes(enum way way)
{
    return way_is_installed(way) || way_is_masked(way);
}

#endif
