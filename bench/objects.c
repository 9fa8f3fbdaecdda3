/* SPDX-License-Identifier: MIT
 *
 * Made, tried out, and emptied.
 */
#include "objects.h"

#include "t/probe/broken-fd.h"

enum { ROOM_MOST = 1000, ROOM_BYTES = 1 << 20 };

const char *const object_names[OBJECT_KINDS] = {"pipe", "unix", "tcp", "null"};

static void make_room(int fd, int option)
{
    int bytes = ROOM_BYTES;

    /* As much as is allowed; what has come of it, object_room() finds out. */
    setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof bytes);
}

static void open_pipe(int pair[2])
{
    int ends[2];

    need(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    pair[0] = ends[1];
    pair[1] = ends[0];
    fcntl(pair[0], F_SETPIPE_SZ, ROOM_BYTES);
}

static void open_unix(int pair[2])
{
    need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
    make_room(pair[0], SO_SNDBUF);
}

static void open_tcp(int pair[2])
{
    int at_once = 1;

    tcp_pair(pair);
    setsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    make_room(pair[0], SO_SNDBUF);
    make_room(pair[1], SO_RCVBUF);
}

static void open_null(int pair[2])
{
    pair[0] = open("/dev/null", O_WRONLY | O_CLOEXEC);
    pair[1] = -1;
    need(pair[0] >= 0, "/dev/null");
}

bool object_open(struct object *object, const char *name)
{
    static void (*const openers[OBJECT_KINDS])(int[2]) = {open_pipe, open_unix, open_tcp,
                                                          open_null};
    int pair[2];

    for (int kind = 0; kind < OBJECT_KINDS; kind++) {
        if (strcmp(name, object_names[kind]) != 0)
            continue;
        openers[kind](pair);
        *object =
            (struct object){object_names[kind], kind == 1 || kind == 2, pair[0], pair[1]};
        need(fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0, "fcntl");
        if (pair[1] >= 0)
            need(fcntl(pair[1], F_SETFL, O_NONBLOCK) == 0, "fcntl");
        return true;
    }
    return false;
}

void object_close(const struct object *object)
{
    close(object->fd);
    if (object->peer >= 0)
        close(object->peer);
}

void object_drain(const struct object *object)
{
    static __thread char sink[ROOM_BYTES / 4];

    if (object->peer < 0)
        return;
    while (read(object->peer, sink, sizeof sink) > 0)
        continue;
}

unsigned object_room(const struct object *object, size_t size)
{
    static const char bytes[OBJECT_SIZE_MOST];
    unsigned count = 0;

    object_drain(object);
    while (count < ROOM_MOST && write(object->fd, bytes, size) == (ssize_t)size)
        count++;
    object_drain(object);
    return count > 2 ? count * 3 / 4 : 1;
}
