/* SPDX-License-Identifier: MIT
 *
 * show.c prints the environment that would be set, for a shell or systemd: the option
 * --show.
 */
#ifndef EPIPE_SHOW_H
#define EPIPE_SHOW_H

#include <stdbool.h>

#include "find-shim.h"
#include "preload/settings.h"

/* As assignments of the shell.  GIVEN are the options' values, which go before those in the
 * environment. */
void show(const struct shim *shim, const char *const given[SETTINGS_KEYS]);

/* As a drop-in file for the service UNIT of systemd, where NULL stands for one to be named:
 * for the shim that is installed, and with the same values.  False, after a line on standard
 * error, if UNIT is no name of a service. */
bool show_systemd(const struct shim *shim, const char *const given[SETTINGS_KEYS],
                  const char *unit);

#endif
