/* SPDX-License-Identifier: MIT
 *
 * execute.c executes the program with the settings in its environment.
 */
#ifndef EPIPE_EXECUTE_H
#define EPIPE_EXECUTE_H

#include "find-shim.h"
#include "preload/settings.h"

/* Executes ARGV, which was found at PATH, as execvp does: with the GIVEN settings, NULL
 * where the environment keeps its own, or with none at all and without the shim if GIVEN
 * is NULL; and with SHIM in LD_PRELOAD unless it is NULL, behind the library SANITIZER
 * unless that is empty.  Returns the errno of exec. */
int execute(const char *path, char **argv, const char *const *given,
            const struct shim *shim, const char *sanitizer);

#endif
