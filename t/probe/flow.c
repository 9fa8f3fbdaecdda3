/* SPDX-License-Identifier: MIT
 *
 * flow poll|select wrong|right: much on one pipe and little on another, read one after
 * the other, or as it comes.
 * flow megabyte wrong|right|ours: in chunks of 4 KiB to a reader that may begin late:
 * non-blocking with nobody looking, which it begins after, blocking, or non-blocking by
 * epipe_write_all.
 */
#include <signal.h>
#include <stdbool.h>
#include <sys/select.h>

#include <epipe.h>
#include "write-mode.h"

enum { SIZE = 1 << 20 };

static void two_pipes(bool with_select)
{
    int pairs[2][2];
    size_t got = 0;
    ssize_t n = 0;

    need(epipe_pipe(pairs[0], 0) == 0 && epipe_pipe(pairs[1], 0) == 0, "pipe");
    if (fork() == 0) {
        close(pairs[0][0]);
        close(pairs[1][0]);
        for (size_t i = 0; i < SIZE; i += CHUNK)
            if (write(pairs[1][1], chunk, CHUNK) != CHUNK)
                _exit(1);
        _exit(write(pairs[0][1], "x", 1) != 1);
    }
    close(pairs[0][1]);
    close(pairs[1][1]);
    if (is("wrong")) {
        interrupt_what_waits();
        n = read(pairs[0][0], chunk, CHUNK);
        puts(n < 0 && errno == EINTR ? "blocks" : "does not block");
        return;
    }
    for (int open_ones = 3; open_ones != 0;) {
        struct pollfd polls[2] = {{open_ones & 1 ? pairs[0][0] : -1, POLLIN, 0},
                                  {open_ones & 2 ? pairs[1][0] : -1, POLLIN, 0}};
        fd_set set;

        FD_ZERO(&set);
        for (int i = 0; i < 2; i++)
            if (polls[i].fd >= 0)
                FD_SET(polls[i].fd, &set);
        need(with_select ? select(pairs[1][1], &set, NULL, NULL, NULL) > 0
                         : poll(polls, 2, -1) > 0,
             "select or poll");
        for (int i = 0; i < 2; i++) {
            if (with_select ? polls[i].fd < 0 || !FD_ISSET(polls[i].fd, &set)
                            : polls[i].revents == 0)
                continue;
            n = read(polls[i].fd, chunk, CHUNK);
            need(n >= 0, "read");
            got += (size_t)n;
            if (n == 0)
                open_ones &= ~(1 << i);
        }
    }
    printf("%zu\n", got);
}

static void megabyte(void)
{
    int pair[2], back[2], begin[2];
    size_t sent = 0, lost = 0;
    unsigned long sum = 0, theirs = 0;

    need(epipe_pipe(pair, 0) == 0 && epipe_pipe(back, 0) == 0 && epipe_pipe(begin, 0) == 0,
         "pipe");
    if (fork() == 0) {
        ssize_t n;

        close(pair[1]);
        close(begin[1]);
        need(read(begin[0], chunk, 1) == 0, "begin");
        while ((n = read(pair[0], chunk, 1000)) > 0)
            for (ssize_t i = 0; i < n; i++)
                theirs = theirs * 31 + (unsigned char)chunk[i];
        need(write(back[1], &theirs, sizeof theirs) == sizeof theirs, "write");
        _exit(0);
    }
    close(pair[0]);
    if (is("wrong") || is("ours"))
        need(fcntl(pair[1], F_SETFL, O_NONBLOCK) == 0, "fcntl");
    if (is("wrong")) /* with pages of 64 KiB it holds all of it otherwise */
        need(fcntl(pair[1], F_SETPIPE_SZ, CHUNK) > 0, "fcntl");
    else
        close(begin[1]);
    for (size_t at = 0; at < SIZE; at += CHUNK) {
        for (size_t i = 0; i < CHUNK; i++) {
            chunk[i] = (char)((at + i) * 2654435761U >> 24);
            sum = sum * 31 + (unsigned char)chunk[i];
        }
        if (is("ours"))
            need(epipe_write_all(pair[1], chunk, CHUNK, 20000, NULL) == 0, "write");
        else if (write(pair[1], chunk, CHUNK) != CHUNK)
            lost++; /* and nobody looks */
        sent++;
    }
    if (is("wrong"))
        close(begin[1]);
    close(pair[1]);
    need(read(back[0], &theirs, sizeof theirs) == sizeof theirs, "read");
    printf("%zu chunks %s\n", sent, sum == theirs && lost == 0 ? "arrive" : "do not arrive");
}

int main(int argc, char **argv)
{
    need(argc == 3, "flow WHAT HOW");
    how = argv[2];
    if (strcmp(argv[1], "megabyte") == 0)
        megabyte();
    else
        two_pipes(strcmp(argv[1], "select") == 0);
    return 0;
}
