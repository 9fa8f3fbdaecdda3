/* SPDX-License-Identifier: MIT
 *
 * One source for probes with the library and without: built with PROBE_LIBRARY a GUARDED
 * block is a scope; PROBE_GUARD=install or process in the environment has the handler in
 * place of the mask, or of the scopes too.
 */
#ifndef PROBE_GUARD_H
#define PROBE_GUARD_H

#include <stdlib.h>
#include <string.h>

#include "broken-fd.h"

#ifdef PROBE_LIBRARY
#include <epipe.h>

#define GUARDED EPIPE_SCOPE

static inline void guard(void)
{
    const char *how = getenv("PROBE_GUARD");

    if (how != NULL && strcmp(how, "install") == 0)
        need(epipe_install() == 0, "epipe_install");
    if (how != NULL && strcmp(how, "process") == 0)
        need(epipe_process_enter(0) == 0, "epipe_process_enter");
}
#else
#define GUARDED

static inline void guard(void) {}
#endif

#endif
