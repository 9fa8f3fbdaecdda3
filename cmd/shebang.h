/* SPDX-License-Identifier: MIT
 *
 * shebang.c tells by the first line of a script which program the kernel runs for it.
 */
#ifndef EPIPE_SHEBANG_H
#define EPIPE_SHEBANG_H

#include <stdbool.h>
#include <stddef.h>

enum { SHEBANG_SIZE = 256 }; /* what the kernel looks at */

struct shebang {
    char interpreter[SHEBANG_SIZE];
    char argument[SHEBANG_SIZE]; /* all that follows, as one; may be empty */
};

/* Reads the LENGTH bytes of HEAD with which a file begins, as the kernel does: the
 * first SHEBANG_SIZE of them.  False if they are no `#!` line that it would take. */
bool shebang_parse(const char *head, size_t length, struct shebang *shebang);

/* Where the interpreter is env(1): writes the name of the program that it will
 * execute.  False if it is another interpreter, or its arguments are not simple:
 * `env NAME` and `env -S NAME ARG...` are. */
bool shebang_env_name(const struct shebang *shebang, char name[static SHEBANG_SIZE]);

#endif
