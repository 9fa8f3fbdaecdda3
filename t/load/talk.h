/* SPDX-License-Identifier: MIT
 *
 * What living clients say to a server and must hear in return.
 */
#ifndef LOAD_TALK_H
#define LOAD_TALK_H

#include "peer.h"

/* DIRECTORY's files are what the server must answer with. */
bool http_prepare(const char *directory);

/* Some requests, each answer held against what it must be to the last byte. Returns how
 * many answers that were; -1, after a line on standard error, if one was not. NUMBER
 * tells this client's keys from others'. */
int http_talk(struct peer *, uint64_t *random, int number);
int redis_talk(struct peer *, uint64_t *random, int number);

#endif
