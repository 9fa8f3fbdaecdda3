/* SPDX-License-Identifier: MIT
 *
 * control.h lets the tests switch one safety rule off, to show what it is for.
 *
 * Only in t/probe/unsafe-attach, which is built with GRAFT_CONTROL, and by the variable
 * GRAFT_WITHOUT; in the epipe command every rule is a constant.
 */
#ifndef EPIPE_GRAFT_CONTROL_H
#define EPIPE_GRAFT_CONTROL_H

#include <stdbool.h>

#ifdef GRAFT_CONTROL
#include <stdlib.h>
#include <string.h>

static inline bool without(const char *rule)
{
    const char *name = getenv("GRAFT_WITHOUT");

    return name != NULL && strcmp(name, rule) == 0;
}
#else
#define without(rule) false
#endif

#endif
