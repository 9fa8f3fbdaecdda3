/* SPDX-License-Identifier: MIT
 *
 * sockaddr.c appends a socket's address as text.
 */
#ifndef EPIPE_SOCKADDR_H
#define EPIPE_SOCKADDR_H

#include <sys/socket.h>

#include "strbuf.h"

/* Appends ADDRESS, of which the kernel gave LENGTH bytes: 127.0.0.1:389, [::1]:389, a
 * unix socket's path, or its name after an @, or `unnamed`.  For any other family, the
 * number of that.  Async-signal-safe. */
void sockaddr_append(struct strbuf *line, const struct sockaddr_storage *address,
                     socklen_t length);

#endif
