/* SPDX-License-Identifier: MIT
 *
 * Not by inet_ntop, which calls stdio in some libcs: a signal handler cannot.
 */
#include "sockaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

enum { NAME_ROOM = sizeof((struct sockaddr_un *)NULL)->sun_path };

static void append_v4(struct strbuf *line, const unsigned char bytes[4])
{
    for (int i = 0; i < 4; i++) {
        strbuf_text(line, i == 0 ? "" : ".");
        strbuf_number(line, bytes[i]);
    }
}

/* RFC 5952: `::` for the first of the longest runs of two or more zero groups. */
static void append_v6(struct strbuf *line, const unsigned char bytes[16])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    unsigned groups[8];
    int longest = 1;
    int gap = -8;

    if (memcmp(bytes, mapped, sizeof mapped) == 0) {
        strbuf_text(line, "::ffff:");
        append_v4(line, bytes + sizeof mapped);
        return;
    }
    for (int i = 0; i < 8; i++)
        groups[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
    for (int i = 0, run = 0; i < 8; i++) {
        run = groups[i] == 0 ? run + 1 : 0;
        if (run > longest) {
            longest = run;
            gap = i + 1 - run;
        }
    }
    for (int i = 0; i < 8; i++) {
        if (i == gap) {
            strbuf_text(line, "::");
            i += longest - 1;
            continue;
        }
        if (i != 0 && i != gap + longest)
            strbuf_text(line, ":");
        strbuf_hex(line, groups[i]);
    }
}

static void append_port(struct strbuf *line, in_port_t port)
{
    strbuf_text(line, ":");
    strbuf_number(line, ntohs(port));
}

static void append_in6(struct strbuf *line, const struct sockaddr_in6 *in6)
{
    strbuf_text(line, "[");
    append_v6(line, in6->sin6_addr.s6_addr);
    if (in6->sin6_scope_id != 0) {
        strbuf_text(line, "%");
        strbuf_number(line, in6->sin6_scope_id);
    }
    strbuf_text(line, "]");
    append_port(line, in6->sin6_port);
}

/* An abstract name begins with a NUL and is as long as the kernel says.  A path that
 * begins with the @ which stands for that NUL has it escaped. */
static void append_unix(struct strbuf *line, const char *path, size_t length)
{
    if (length == 0) {
        strbuf_text(line, "unnamed");
    } else if (path[0] == '\0') {
        strbuf_text(line, "@");
        strbuf_name(line, path + 1, length - 1, NAME_ROOM - 1);
    } else if (path[0] == '@') {
        strbuf_escape(line, path[0]);
        strbuf_name(line, path + 1, strnlen(path, length) - 1, NAME_ROOM - 4);
    } else {
        strbuf_name(line, path, strnlen(path, length), NAME_ROOM);
    }
}

void sockaddr_append(struct strbuf *line, const struct sockaddr_storage *address,
                     socklen_t length)
{
    union {
        const struct sockaddr_storage *any;
        const struct sockaddr_in *in;
        const struct sockaddr_in6 *in6;
        const struct sockaddr_un *un;
    } to = {address};

    switch (address->ss_family) {
    case AF_INET:
        append_v4(line, (const unsigned char *)&to.in->sin_addr);
        append_port(line, to.in->sin_port);
        break;
    case AF_INET6:
        append_in6(line, to.in6);
        break;
    case AF_UNIX:
        append_unix(line, to.un->sun_path, length - offsetof(struct sockaddr_un, sun_path));
        break;
    default:
        strbuf_text(line, "an address of family ");
        strbuf_number(line, address->ss_family);
    }
}
