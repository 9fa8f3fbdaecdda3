/* SPDX-License-Identifier: MIT
 *
 * preload-list.c takes the shim out of the value of LD_PRELOAD.
 */
#ifndef EPIPE_PRELOAD_LIST_H
#define EPIPE_PRELOAD_LIST_H

#include <stdbool.h>

/* Takes the shim out of LIST, entries of which are separated by colons or spaces, in place, with
 * one separator, as epipe has put it in; what else there is stays as it is.  Returns false if
 * LIST was nothing else. */
bool preload_list_take_out(char *list);

#endif
