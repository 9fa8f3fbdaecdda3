/* SPDX-License-Identifier: MIT
 *
 * go-program.c tells whether the main program is Go's.  Go's runtime has a rule of its own
 * for SIGPIPE, and takes the handler that it finds for its host's.  Where it calls C code it
 * sets its own by sigaction(), which the shim sees: handlers=override then goes before it.
 */
#ifndef EPIPE_GO_PROGRAM_H
#define EPIPE_GO_PROGRAM_H

#include <stdbool.h>

/* Is there a note of Go's linker in the main program?  (Its option -buildid= leaves it
 * out.)  May change errno. */
bool program_is_go(void);

#endif
