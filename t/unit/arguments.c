/* SPDX-License-Identifier: MIT
 *
 * The arguments that the single calls and their models are given.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/socket.h>

#include "calls.h"

static const struct argument writes[] = {
    {"8 bytes", .length = 8},
    {"3 bytes", .length = 3},
    {"8 bytes of ones", .where = ONES, .length = 8},
    {"many bytes", .length = LONG},
    {"nothing", .length = 0},
    {"nothing at NULL", .where = NIL},
    {"nothing at a bad address", .where = LOW},
    {"nothing at the kernel's address", .where = KERNEL},
    {"8 bytes at NULL", .where = NIL, .length = 8},
    {"8 bytes at a bad address", .where = LOW, .length = 8},
    {"8 bytes at the kernel's address", .where = KERNEL, .length = 8},
    {"8 bytes, half of them", .where = EDGE, .length = 8},
    {"INT_MAX bytes", .where = EDGE, .length = INT_MAX},
    {"SSIZE_MAX bytes", .where = EDGE, .length = SSIZE_MAX},
    {"SSIZE_MAX + 1 bytes", .where = EDGE, .length = SSIZE_MAX + 1ul},
    {"SIZE_MAX bytes", .where = EDGE, .length = SIZE_MAX},
    {.name = NULL},
};

static const struct argument vectors[] = {
    {"one of 8 bytes", .length = 8},
    {"one of 3 bytes", .length = 3},
    {"one of many bytes", .length = LONG},
    {"two of 4 bytes", .shape = TWO, .length = 4},
    {"two of 8 bytes", .shape = TWO, .length = 8},
    {"two of 8 bytes of ones", .where = ONES, .length = 8, .shape = TWO},
    {"two of many bytes", .shape = TWO, .length = LONG},
    {"IOV_MAX", .shape = MOST},
    {"IOV_MAX + 1", .shape = TOO_MANY},
    {"none", .shape = NONE},
    {"-1", .shape = NEGATIVE},
    {"two empty ones", .shape = EMPTY},
    {"an empty one and 8 bytes", .shape = EMPTY_FIRST},
    {"8 bytes and a bad address", .shape = BAD_SECOND},
    {"one at NULL", .where = NIL, .length = 8},
    {"one at a bad address", .where = LOW, .length = 8},
    {"one at the kernel's address", .where = KERNEL, .length = 8},
    {"one of nothing at a bad address", .where = LOW},
    {"two at a bad address", .where = LOW, .length = 8, .shape = TWO},
    {"one, half of it", .where = EDGE, .length = 8},
    {"two, each half", .where = EDGE, .length = 8, .shape = TWO},
    {"one of INT_MAX", .where = EDGE, .length = INT_MAX},
    {"one of SSIZE_MAX", .where = EDGE, .length = SSIZE_MAX},
    {"one of SSIZE_MAX + 1", .where = EDGE, .length = SSIZE_MAX + 1ul},
    {"one of SIZE_MAX", .where = EDGE, .length = SIZE_MAX},
    {"two of SSIZE_MAX", .where = EDGE, .length = SSIZE_MAX, .shape = TWO},
    {"a vector at NULL", .where = NIL, .shape = BAD},
    {"a vector at a bad address", .where = LOW, .shape = BAD},
    {"a vector at the kernel's address", .where = KERNEL, .shape = BAD},
    {.name = NULL},
};

static const struct argument flags[] = {
    {"MSG_DONTWAIT", .length = 8, .flags = MSG_DONTWAIT},
    {"MSG_NOSIGNAL", .length = 8, .flags = MSG_NOSIGNAL},
    {"MSG_OOB", .length = 8, .flags = MSG_OOB},
    {"MSG_EOR", .length = 8, .flags = MSG_EOR},
    {"MSG_DONTWAIT, many bytes", .length = LONG, .flags = MSG_DONTWAIT},
    {.name = NULL},
};

static const struct argument addresses[] = {
    {"to the peer", .length = 8, .address = PEER_ADDRESS},
    {"to a bad address", .length = 8, .address = BAD_ADDRESS},
    {"to an address of length -1", .length = 8, .address = BAD_LENGTH},
    {"nothing to the peer", .address = PEER_ADDRESS},
    {.name = NULL},
};

static const struct argument no_message[] = {
    {"a bad message", .count = 1},
    {.name = NULL},
};

static const struct argument messages[] = {
    {"three", .length = 8, .count = 3},
    {"one", .length = 8, .count = 1},
    {"none", .length = 8, .count = 0},
    {"three, one to the peer", .length = 8, .count = 3, .address = PEER_ADDRESS},
    {"three, the second bad", .where = LOW, .length = 8, .count = 3},
    {"three, the second empty", .shape = NONE, .count = 3},
    {"three, the second too many", .shape = TOO_MANY, .count = 3},
    {"messages at a bad address", .where = NIL, .length = 8, .count = 3},
    {"three, MSG_DONTWAIT", .length = 8, .count = 3, .flags = MSG_DONTWAIT},
    {.name = NULL},
};

static const struct argument files[] = {
    {"all of it", .length = 100, .source = FILE_SOURCE},
    {"nothing", .length = 0, .source = FILE_SOURCE},
    {"SIZE_MAX", .length = SIZE_MAX, .source = FILE_SOURCE},
    {"from an offset", .length = 100, .source = FILE_SOURCE, .in = OFFSET},
    {"from a bad offset", .length = 100, .source = FILE_SOURCE, .in = BAD_OFFSET},
    {"from a pipe", .length = 8, .source = PIPE_SOURCE},
    {"from a pipe with an offset", .length = 8, .source = PIPE_SOURCE, .in = OFFSET},
    {"from a socket", .length = 8, .source = SOCKET_SOURCE},
    {"from a closed number", .length = 8, .source = NO_SOURCE},
    {.name = NULL},
};

static const struct argument splices[] = {
    {"to an offset", .length = 8, .source = PIPE_SOURCE, .out = OFFSET},
    {"to a bad offset", .length = 8, .source = PIPE_SOURCE, .out = BAD_OFFSET},
    {"with all flags", .length = 8, .source = PIPE_SOURCE,
     .flags = SPLICE_F_NONBLOCK | SPLICE_F_MORE},
    {"with bad flags", .length = 8, .source = PIPE_SOURCE, .flags = 0x1000},
    {"nothing from a pipe", .source = PIPE_SOURCE},
    {"SIZE_MAX from a pipe", .length = SIZE_MAX, .source = PIPE_SOURCE,
     .flags = SPLICE_F_NONBLOCK},
    {"from itself", .length = 8, .source = TARGET, .flags = SPLICE_F_NONBLOCK},
    {.name = NULL},
};

static const struct argument formats[] = {
    {"8 bytes", .format = "12345678"},
    {"3 bytes", .format = "123"},
    {"nothing", .format = ""},
    {"5000 bytes", .format = "%5000.0ls"},
    {"a character that cannot be encoded", .format = "12345678%ls"},
    {.name = NULL},
};

const struct call calls[] = {
    {"write", do_write, {writes}},
    {"writev", do_writev, {vectors}},
    {"writev from the stack", do_writev_from_stack, {vectors}},
    {"send", do_send, {writes, flags}},
    {"sendto", do_sendto, {writes, flags, addresses}},
    {"sendmsg", do_sendmsg, {vectors, flags, addresses, no_message}},
    {"sendmmsg", do_sendmmsg, {messages}},
    {"sendfile", do_sendfile, {files}},
    {"splice", do_splice, {files, splices}},
    {"vmsplice", do_vmsplice, {vectors}},
    {"tee", do_tee, {files, splices}},
    {"dprintf", do_dprintf, {formats}},
};

const size_t call_count = sizeof calls / sizeof *calls;
