/* SPDX-License-Identifier: MIT
 *
 * Handlers that call what they have found.
 */
#ifndef MODEL_CHAIN_H
#define MODEL_CHAIN_H

#include "disposition.h"

void chain_start(enum mode mode, struct outcome *outcome);

/* Puts one in place, over that of epipe_install(), which is then undone and made again.
 * There are two of them, of which the second calls the first.  WHAT: as for
 * disposition_set().  Returns a negative number where it does not, or something fails. */
int chain_set(uint32_t what);

/* Which of the two ACT is, or IS_OTHER. */
enum handler_id chain_id(const struct sigaction *act);

#endif
