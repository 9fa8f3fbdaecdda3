/* SPDX-License-Identifier: MIT
 *
 * help.c has what --help prints; completion reads the options from it.
 */
#ifndef EPIPE_HELP_H
#define EPIPE_HELP_H

extern const char help[];

#endif
