/* SPDX-License-Identifier: MIT
 *
 * fdname.c tells in words what a descriptor is.
 */
#ifndef EPIPE_FDNAME_H
#define EPIPE_FDNAME_H

#include "strbuf.h"

/* Appends what FD is: socket:[NUMBER] with its kind and addresses, or what /proc has it
 * as a link to: pipe:[NUMBER], a path.  Nothing where that cannot be found out.
 * Async-signal-safe; may change errno. */
void fdname_append(struct strbuf *line, int fd);

#endif
