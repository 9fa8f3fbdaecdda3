/* SPDX-License-Identifier: MIT
 *
 * The ways in which a sequence is executed.
 */
#ifndef MODEL_MODE_H
#define MODEL_MODE_H

#include <stdbool.h>

enum mode {
    /* The references.  Quiet: writes by the helping thread, a scope is a blocked SIGPIPE.
     * Quiet, installed: as well, but a scope blocks nothing, and where SIGPIPE is blocked
     * a write in a scope is made in this thread.  Model: see shim-model.h; one for each setting of
     * the shim. */
    MODE_QUIET,
    MODE_QUIET_INSTALLED,
    MODE_MODEL,
    MODE_MODEL_KEEP_NONE,
    MODE_MODEL_OVERRIDE,
    MODE_MODEL_ATTACHED, /* and one for an attach, and for a program that was entered */
    MODE_MODEL_ENTERED,
    /* Plainly with SIGPIPE ignored: the reference's reference. */
    MODE_IGNORED,
    /* What is under test.  A program that uses the library shows the same under the shim. */
    MODE_LIBRARY,
    MODE_INSTALLED,
    MODE_LIBRARY_SHIM,
    MODE_INSTALLED_SHIM,
    MODE_UNPROTECTED, /* the library's calls are left out: the control */
    MODE_SHIM,        /* whatever its settings */
    MODE_ATTACHED
};

static inline bool mode_has_library(enum mode mode)
{
    return mode == MODE_LIBRARY || mode == MODE_INSTALLED || mode == MODE_LIBRARY_SHIM ||
           mode == MODE_INSTALLED_SHIM;
}

/* In the references by name only. */
static inline bool mode_is_installed(enum mode mode)
{
    return mode == MODE_QUIET_INSTALLED || mode == MODE_INSTALLED ||
           mode == MODE_INSTALLED_SHIM;
}

static inline bool mode_installs(enum mode mode)
{
    return mode_is_installed(mode) && mode_has_library(mode);
}

static inline bool mode_is_masked(enum mode mode)
{
    return mode == MODE_QUIET || mode == MODE_LIBRARY || mode == MODE_LIBRARY_SHIM ||
           mode == MODE_UNPROTECTED;
}

static inline bool mode_has_scopes(enum mode mode)
{
    return mode_is_installed(mode) || mode_is_masked(mode);
}

static inline bool mode_is_attached_model(enum mode mode)
{
    return mode == MODE_MODEL_ATTACHED || mode == MODE_MODEL_ENTERED;
}

static inline bool mode_is_shim_model(enum mode mode)
{
    return mode == MODE_MODEL || mode == MODE_MODEL_KEEP_NONE ||
           mode == MODE_MODEL_OVERRIDE || mode_is_attached_model(mode);
}

/* Does its comparison concern the shim, or an attach? */
static inline bool mode_has_shim(enum mode mode)
{
    return mode == MODE_LIBRARY_SHIM || mode == MODE_INSTALLED_SHIM || mode == MODE_SHIM ||
           mode == MODE_ATTACHED || mode_is_shim_model(mode);
}

#endif
