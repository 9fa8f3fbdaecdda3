/* SPDX-License-Identifier: MIT
 *
 * attach-once.c makes one attempt to attach to a process, or to detach from it.
 */
#ifndef EPIPE_GRAFT_ATTACH_ONCE_H
#define EPIPE_GRAFT_ATTACH_ONCE_H

#include <stdbool.h>

#include "attach.h"

/* As attach() has it, and GRAFT_AGAIN: the process has changed meanwhile, and another attempt may
 * succeed; IS_LAST: there is none.  To be called with all signals blocked, by a process that ends
 * afterwards: by that the kernel lets go what it traces. */
enum graft_result attach_once(pid_t pid, const struct keep_rule *rule, bool is_last,
                              struct attach_report *report);

#endif
