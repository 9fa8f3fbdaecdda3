/* SPDX-License-Identifier: MIT
 *
 * environ.c reads the settings in the environment of the program that the shim is loaded
 * into, and takes them and the shim out of it for children.
 */
#ifndef EPIPE_ENVIRON_H
#define EPIPE_ENVIRON_H

#include "settings.h"

/* Reads the EPIPE_* variables into SETTINGS; a bad value is reported and leaves
 * the default.  In a setuid process (AT_SECURE) nothing is read, and SETTINGS says
 * children=none: what that executes with its own rights must not obey its caller. */
void environ_read_settings(struct settings *settings);

/* Takes the EPIPE_* variables, and the shim's entry in LD_PRELOAD, out of the
 * environment that children will get, which is then an array of its own.  For the
 * constructor: it allocates, and is not thread-safe. */
void environ_clean(void);

#endif
