/* SPDX-License-Identifier: MIT
 *
 * denied.c says why a process may not be traced.
 */
#ifndef EPIPE_GRAFT_DENIED_H
#define EPIPE_GRAFT_DENIED_H

#include <stddef.h>
#include <sys/types.h>

/* To user SELF of a process of user OWNER, where LEVEL is what kernel.yama.ptrace_scope says, or
 * "".  Returns TEXT, of SIZE bytes; 160 are enough. */
const char *denied_explain(char *text, size_t size, uid_t owner, uid_t self, const char *level);

#endif
