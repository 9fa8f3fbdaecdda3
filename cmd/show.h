/* SPDX-License-Identifier: MIT
 *
 * show.c is what --show prints: the environment that would be set, as a shell reads it.
 */
#ifndef EPIPE_SHOW_H
#define EPIPE_SHOW_H

#include "find-shim.h"
#include "preload/settings.h"

/* GIVEN are the options' values, which go before those in the environment. */
void show(const struct shim *shim, const char *const given[SETTINGS_KEYS]);

#endif
