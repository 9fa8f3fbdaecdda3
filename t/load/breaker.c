/* SPDX-License-Identifier: MIT
 *
 * Clients that die half way: each sends a request, whose answer is larger than the
 * sockets' buffers, and is gone before it has all of it.
 *
 *   breaker COUNT SEED PROCESSES ADDRESS[,ADDRESS]... REQUEST...
 *
 * REQUEST is a file with what to send. Prints how many connections were broken, in which
 * ways, and how many the server had closed before; exits 1 if it could not do its work.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

enum way {
    UNREAD, /* reads the beginning and closes: the kernel resets it */
    RESET,  /* the same by SO_LINGER, without waiting for the beginning */
    HALF,   /* end of file behind the request, then a reset */
    SILENT, /* closes behind the request */
    DEAF,   /* does not read from the beginning, but stays */
    KILLED, /* its process is killed, and all that it has goes at one time */
    WAYS
};
static const char *const way_names[] = {"unread", "reset", "half",
                                        "silent", "deaf",  "killed"};

enum { AT_A_TIME = 16, AT_ONE_TIME = 8, REQUESTS = 16 };

struct request {
    char text[4096];
    size_t size;
};

static struct shared {
    atomic_long left;
    atomic_long broken[WAYS];
    atomic_long closed; /* by the server, before */
} * shared;

static struct request requests[REQUESTS];
static unsigned request_count;
static const char *addresses;

struct client {
    struct peer peer;
    enum way way;
    bool is_open;
};

static bool begin(struct client *client, uint64_t *random, enum way way)
{
    const struct request *request = &requests[random_below(random, request_count)];

    client->way = way;
    client->is_open = peer_open(&client->peer, peer_address(addresses, random));
    if (!client->is_open)
        return false;
    if (way == DEAF)
        shutdown(client->peer.fd, SHUT_RD);
    if (!peer_send(&client->peer, request->text, request->size))
        return false;
    if (way == HALF)
        shutdown(client->peer.fd, SHUT_WR);
    return true;
}

/* A server may close what is half closed or deaf as soon as it sees that. */
static bool was_closed(const struct client *client)
{
    struct pollfd answer = {.fd = client->peer.fd, .events = POLLIN};
    char some[512];
    ssize_t got;

    if (client->way != UNREAD && client->way != RESET)
        return false;
    /* Also so that the server is not left behind, with a queue that takes nobody. */
    if (client->way == UNREAD)
        poll(&answer, 1, PEER_SECONDS * 1000);
    got = recv(client->peer.fd, some, sizeof some, MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN);
}

static void finish(struct client *client)
{
    const struct linger at_once = {1, 0};

    if (!client->is_open)
        return;
    atomic_fetch_add(was_closed(client) ? &shared->closed : &shared->broken[client->way], 1);
    if (client->way == RESET || client->way == HALF)
        setsockopt(client->peer.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    peer_close(&client->peer);
    client->is_open = false;
}

/* How many of WANTED there are left to break. */
static int take(int wanted)
{
    long left = atomic_fetch_sub(&shared->left, wanted);

    return left >= wanted ? wanted : left > 0 ? (int)left : 0;
}

static bool break_by_kill(uint64_t *random)
{
    static struct client clients[AT_ONE_TIME];
    int count = take(AT_ONE_TIME);
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        for (int i = 0; i < count; i++) {
            if (!begin(&clients[i], random, KILLED))
                _exit(1);
        }
        atomic_fetch_add(&shared->broken[KILLED], count);
        raise(SIGKILL);
    }
    (void)random_below(random, 2);
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status);
}

/* A few at a time, so that the server comes to answer before they go. */
static int work(uint64_t random)
{
    static struct client clients[AT_A_TIME];
    bool all_well = true;

    for (unsigned i = 0; all_well && atomic_load(&shared->left) > 0; i++) {
        struct client *client = &clients[i % AT_A_TIME];

        if (random_below(&random, 64) == 0) {
            all_well = break_by_kill(&random);
            continue;
        }
        finish(client);
        if (take(1) == 0)
            break;
        all_well = begin(client, &random, (enum way)random_below(&random, KILLED));
        if (all_well && client->way == SILENT)
            finish(client);
    }
    for (int i = 0; i < AT_A_TIME; i++)
        finish(&clients[i]);
    return all_well ? 0 : 1;
}

static bool read_request(const char *path)
{
    struct request *request = &requests[request_count];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, request->text, sizeof request->text);

    if (size <= 0 || request_count == REQUESTS - 1) {
        fprintf(stderr, "breaker: %s: %s\n", path, size < 0 ? strerror(errno) : "no request");
        return false;
    }
    request->size = (size_t)size;
    request_count++;
    close(fd);
    return true;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    double started = now();
    int processes = argc > 5 ? atoi(argv[3]) : 0;
    int worst = 0;
    int status;
    long sum = 0;

    if (processes < 1) {
        fputs("usage: breaker COUNT SEED PROCESSES ADDRESS[,ADDRESS]... REQUEST...\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    addresses = argv[4];
    for (int i = 5; i < argc; i++) {
        if (!read_request(argv[i]))
            return 2;
    }
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                  -1, 0);
    if (shared == MAP_FAILED)
        return 2;
    shared->left = atol(argv[1]);
    for (int i = 0; i < processes; i++) {
        if (fork() == 0)
            _exit(work((strtoull(argv[2], NULL, 10) + 1) * 1000003 + (uint64_t)i * 7919 + 1));
    }
    while (wait(&status) > 0)
        worst |= status;
    for (int way = 0; way < WAYS; way++) {
        sum += shared->broken[way];
        printf("%s %ld\n", way_names[way], shared->broken[way]);
    }
    printf("broken %ld\nclosed %ld\nseconds %.3f\n", sum, shared->closed, now() - started);
    return worst == 0 ? 0 : 1;
}
