/* SPDX-License-Identifier: MIT
 *
 * What there is to see of a descriptor that was written to.
 */
#include "objects.h"

#include "t/probe/broken-fd.h"

static const char mark[4] = {'M', 'A', 'R', 'K'};

size_t object_look(const struct kind *kind, const struct object *o, char *seen, size_t size)
{
    int messages = kind->look == LOOK_PEER || kind->type == SOCK_DGRAM;
    struct pollfd p = {.fd = o->peer, .events = POLLIN};
    size_t length = 0;
    ssize_t n;

    if (kind->look == LOOK_NOWHERE)
        return 0;
    if (kind->look == LOOK_SELF) {
        n = read(o->fd, seen, size);
        return n < 0 ? 0 : (size_t)n;
    }
    if (kind->look == LOOK_FILE) {
        n = pread(o->fd, seen, size - 32, 0);
        need(n >= 0, "read back");
        return (size_t)n + (size_t)sprintf(seen + n, " %ld", (long)lseek(o->fd, 0, SEEK_CUR));
    }
    if (kind->look == LOOK_MARK && write(o->fd, mark, sizeof mark) != sizeof mark)
        return (size_t)sprintf(seen, "no mark: %s", strerror(errno));
    if (kind->look == LOOK_END)
        shutdown(o->fd, SHUT_WR);
    for (;;) {
        if (kind->look != LOOK_PEER)
            need(poll(&p, 1, 5000) == 1, "what was written did not arrive");
        n = read(o->peer, seen + length, size - length - 32);
        if (n < 0 || (n == 0 && kind->type != SOCK_DGRAM))
            break;
        length += (size_t)n;
        if (kind->look == LOOK_MARK && length >= sizeof mark &&
            memcmp(seen + length - sizeof mark, mark, sizeof mark) == 0)
            break;
        if (messages)
            length += (size_t)sprintf(seen + length, "|%zd|", n);
    }
    return length;
}

void object_close(struct object *o)
{
    if (o->fd < 900)
        close(o->fd);
    close(o->peer);
}
