/* SPDX-License-Identifier: MIT
 *
 * The first line of a script: which program the kernel runs for it.
 */
#ifndef EPIPE_SHEBANG_H
#define EPIPE_SHEBANG_H

#include <stdbool.h>
#include <stddef.h>

enum { SCRIPT_HEAD = 256 }; /* what the kernel looks at */

struct script {
    char interpreter[SCRIPT_HEAD];
    char argument[SCRIPT_HEAD]; /* all that follows, as one; may be empty */
};

/* Reads the LENGTH bytes of HEAD with which a file begins, as the kernel does: the
 * first SCRIPT_HEAD of them.  False if they are no `#!` line that it would take. */
bool script_parse(const char *head, size_t length, struct script *script);

/* Where the interpreter is env(1): writes the name of the program that it will
 * execute.  False if it is another interpreter, or its arguments are not simple:
 * `env NAME` and `env -S NAME ARG...` are. */
bool script_env_name(const struct script *script, char name[static SCRIPT_HEAD]);

#endif
