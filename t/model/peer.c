/* SPDX-License-Identifier: MIT
 *
 * What happens at the other ends.  What the kernel does later (TCP, UDP, terminals) is
 * waited for, so that a sequence always sees the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd-slots.h"

enum { LONGEST_WAIT = 30000, READ_MOST = 1 << 20 };

static char buffer[READ_MOST];

/* Waits until FD shows one of EVENTS, or POLLERR or POLLHUP. */
static void settle(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;

    do
        n = poll(&p, 1, LONGEST_WAIT);
    while (n < 0 && errno == EINTR);
    if (n != 1)
        fd_slot_die("the network does not settle");
}

/* Where both sides of SLOT's connection have ended it, waits until it is no more: from then
 * on it says so. */
static void settle_end(unsigned slot)
{
    const struct fd_slot *o = fd_slot_in(slot);
    struct tcp_info info;

    if (o == NULL || o->kind != KIND_TCP || o->peer_open)
        return;
    for (int tries = 0; tries < LONGEST_WAIT; tries++) {
        socklen_t size = sizeof info;

        if (getsockopt(fd_slot_fd(slot), IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
            fd_slot_die("TCP_INFO");
        if (info.tcpi_state != TCP_FIN_WAIT1 && info.tcpi_state != TCP_FIN_WAIT2 &&
            info.tcpi_state != TCP_CLOSING && info.tcpi_state != TCP_LAST_ACK)
            return;
        poll(NULL, 0, tries < 100 ? 0 : 1);
    }
    fd_slot_die("the connection does not end");
}

int fd_slot_shutdown(unsigned slot, int how)
{
    int result = shutdown(fd_slot_fd(slot), how);
    int error = errno;

    settle_end(slot);
    errno = error;
    return result;
}

void fd_slot_sent(unsigned slot, size_t bytes, size_t messages)
{
    struct fd_slot *o = fd_slot_in(slot);

    if (o == NULL || (fd_slot_is_packets(o) ? messages : bytes) == 0)
        return;
    *o->outstanding += fd_slot_is_packets(o) ? messages : bytes;
    if (o->peer_open)
        return;
    /* The answer to what nobody takes any more. */
    if (o->kind == KIND_TCP || o->kind == KIND_UDP)
        settle(fd_slot_fd(slot), 0);
}

static uint64_t hash_of(const char *data, size_t size)
{
    uint64_t hash = size;

    for (; size >= 8; data += 8, size -= 8) {
        uint64_t word;

        memcpy(&word, data, 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
        hash ^= hash >> 29;
    }
    while (size-- > 0)
        hash = (hash ^ (unsigned char)*data++) * 0x9e3779b97f4a7c15U;
    return hash;
}

/* Waits until all that was sent has come. */
static void wait_for_arrival(const struct fd_slot *o)
{
    int available;

    if (*o->outstanding == 0)
        return;
    if (o->kind == KIND_UDP)
        settle(fd_slot_peer(o), POLLIN);
    if (o->kind != KIND_TCP && !fd_slot_is_terminal(o))
        return;
    for (int tries = 0; tries < LONGEST_WAIT; tries++) {
        if (ioctl(fd_slot_peer(o), FIONREAD, &available) == 0 &&
            (size_t)available >= *o->outstanding)
            return;
        poll(NULL, 0, tries < 100 ? 0 : 1);
    }
    fd_slot_die("what was sent does not arrive");
}

bool fd_slot_peer_read(unsigned slot, size_t len, long *result, uint64_t *hash)
{
    struct fd_slot *o = fd_slot_in(slot);

    if (o == NULL || !o->peer_open)
        return false;
    wait_for_arrival(o);
    if (fd_slot_is_packets(o))
        len = sizeof buffer;
    errno = 0;
    *result = read(fd_slot_peer(o), buffer, len < sizeof buffer ? len : sizeof buffer);
    *hash = *result < 0 ? (uint64_t)errno : hash_of(buffer, (size_t)*result);
    if (*result >= 0 && *o->outstanding > 0)
        *o->outstanding -= fd_slot_is_packets(o) ? 1 : (size_t)*result;
    return true;
}

bool fd_slot_peer_close(unsigned slot, bool reset)
{
    const struct linger at_once = {1, 0};
    struct fd_slot *o = fd_slot_in(slot);
    int peer;

    if (o == NULL || !o->peer_open || o->maker != getpid())
        return false;
    peer = fd_slot_peer(o);
    if (o->kind == KIND_TCP) {
        wait_for_arrival(o);
        if (reset) { /* end of file first: only then is the very first write EPIPE */
            shutdown(peer, SHUT_WR);
            settle(fd_slot_fd(slot), POLLRDHUP);
            setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        }
    }
    close(peer);
    o->peer_open = false;
    if (o->kind == KIND_TCP)
        settle(fd_slot_fd(slot), reset || *o->outstanding > 0 ? 0 : POLLRDHUP);
    settle_end(slot);
    return true;
}

bool fd_slot_peer_shutdown(unsigned slot, int how)
{
    struct fd_slot *o = fd_slot_in(slot);

    if (o == NULL || !o->peer_open)
        return false;
    if (o->kind != KIND_STREAM && o->kind != KIND_SEQPACKET && o->kind != KIND_DGRAM)
        return false;
    return shutdown(fd_slot_peer(o), how) == 0;
}

void fd_slot_close_when_full(unsigned slot, void (*meanwhile)(void))
{
    struct fd_slot *o = fd_slot_in(slot);
    int capacity = fcntl(fd_slot_peer(o), F_GETPIPE_SZ);
    int available = 0;

    while (ioctl(fd_slot_peer(o), FIONREAD, &available) == 0 && available < capacity)
        sched_yield();
    if (meanwhile != NULL)
        meanwhile();
    close(fd_slot_peer(o));
    o->peer_open = false;
}
