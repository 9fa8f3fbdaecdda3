/* SPDX-License-Identifier: MIT
 *
 * message.c prints what the epipe command says to people.
 */
#ifndef EPIPE_MESSAGE_H
#define EPIPE_MESSAGE_H

#include <stdio.h>

/* Writes "KEY: " and the rest as one line.  Much of it are names from files and
 * processes of anybody, and it goes to a terminal: instead of each byte that is not
 * printable ASCII there is a '?'.  No other byte is safe in every terminal: where it does
 * not take them for UTF-8, 0x80 to 0x9f are control characters. */
__attribute__((format(printf, 3, 4))) void print(FILE *to, const char *key,
                                                 const char *format, ...);

/* One line on standard error: option --NAME does not take VALUE, but what RIGHT says. */
void print_bad_value(const char *name, const char *value, const char *right);

#endif
