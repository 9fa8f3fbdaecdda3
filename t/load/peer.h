/* SPDX-License-Identifier: MIT
 *
 * One connection to a server: unix:PATH, tcp:PORT or tls:PORT, the ports on 127.0.0.1.
 * Nothing waits longer than PEER_SECONDS.
 */
#ifndef LOAD_PEER_H
#define LOAD_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PEER_SECONDS = 60 };

struct peer {
    int fd;
    void *tls;
    size_t at, end; /* what of the buffer has been received and not read */
    char buffer[16384];
};

/* One of a list that commas separate. */
const char *peer_address(const char *list, uint64_t *random);

/* Each of them: false, and a line on standard error, if it is not so. */
bool peer_open(struct peer *, const char *address);
bool peer_send(struct peer *, const void *data, size_t size);
bool peer_expect(struct peer *, const char *wanted, size_t size, const char *what);
/* Up to CR LF, without it. */
bool peer_line(struct peer *, char *line, size_t size);

void peer_close(struct peer *);

/* Of a state that is not 0, an xorshift generator's next number. */
static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (*state >> 11) % limit;
}

#endif
