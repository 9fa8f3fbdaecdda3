/* SPDX-License-Identifier: MIT
 *
 * Two copies of the library and the library itself in one process: whoever comes first or
 * goes first, each protects until it is done, and then everything is as it was.
 *
 *     copies LIVES     LIVES is 1 if an unprotected write does not kill, under the shim
 */
#include "copies.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <epipe.h>

enum { COPIES = 3, ORDERS = 6 };

static long write_in_scope(int fd)
{
    EPIPE_GUARD;
    return (long)write(fd, "x", 1);
}

static const struct copy library = {"library",           epipe_install,
                                    epipe_uninstall,     epipe_process_enter,
                                    epipe_process_leave, write_in_scope};

static const int orders[ORDERS][COPIES] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                           {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
static const struct copy *copies[COPIES];
static int dead, calls;
static bool has_handler;

#define NEED(condition)                                                                   \
    do {                                                                                  \
        if (!(condition))                                                                 \
            _exit(__LINE__ % 250 + 1);                                                    \
    } while (0)

static void count(int signal)
{
    (void)signal;
    calls++;
}

static void is_protected(long result) { NEED(result == -1 && errno == EPIPE); }

/* In a child: they come as COMING says and go as GOING says. */
static void come_and_go(const int *coming, const int *going, bool by_process)
{
    bool is_there[COPIES] = {false};

    if (has_handler)
        signal(SIGPIPE, count);
    for (int i = 0; i < COPIES; i++) {
        const struct copy *copy = copies[coming[i]];

        NEED((by_process ? copy->process_enter(0) : copy->install()) == 0);
        is_there[coming[i]] = true;
        for (int j = 0; j < COPIES; j++)
            if (is_there[j])
                is_protected(copies[j]->write_in_scope(dead));
    }
    for (int i = 0; i < COPIES; i++) {
        const struct copy *copy = copies[going[i]];
        int result;

        for (int j = 0; j < COPIES; j++) /* those that are there, and those that are not */
            is_protected(copies[j]->write_in_scope(dead));
        if (by_process)
            is_protected((long)write(dead, "x", 1));
        result = by_process ? copy->process_leave() : copy->uninstall();
        NEED(result == 0 || result == 1);
    }
    NEED(calls == 0);
    if (has_handler) {
        is_protected((long)write(dead, "x", 1));
        NEED(calls == 1);
        _exit(0);
    }
    write(dead, "x", 1); /* kills */
    _exit(255);
}

int main(int argc, char **argv)
{
    const int ends = argc > 1 && atoi(argv[1]) ? 255 << 8 : SIGPIPE;
    int pair[2], wrong = 0;

    copies[0] = &copy_one;
    copies[1] = &copy_two;
    copies[2] = &library;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || close(pair[1]) != 0)
        return 90;
    dead = pair[0];
    for (int n = 0; n < ORDERS * ORDERS * 4; n++) {
        const int *coming = orders[n % ORDERS], *going = orders[n / ORDERS % ORDERS];
        bool by_process = n / ORDERS / ORDERS % 2;
        int status = 0;
        pid_t child;

        has_handler = n / ORDERS / ORDERS / 2;
        child = fork();
        if (child == 0)
            come_and_go(coming, going, by_process);
        if (waitpid(child, &status, 0) != child || status != (has_handler ? 0 : ends)) {
            printf("coming %d%d%d, going %d%d%d, %s, %s: status 0x%x\n", coming[0], coming[1],
                   coming[2], going[0], going[1], going[2], by_process ? "process" : "scope",
                   has_handler ? "handler" : "default", (unsigned)status);
            wrong++;
        }
    }
    printf("%d orders, %d wrong\n", ORDERS * ORDERS * 4, wrong);
    return wrong != 0;
}
