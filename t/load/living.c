/* SPDX-License-Identifier: MIT
 *
 * Clients that live, and lose nothing: they ask for what they know, and compare.
 *
 *   living http|redis PROCESSES SEED ADDRESS[,ADDRESS]... [DIRECTORY]
 *
 * Says "ready" when each has had an answer, goes on until its standard input ends, and
 * prints how many answers were verified. Exits 1, and says why, if one was wrong or did
 * not come.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "talk.h"

static struct shared {
    atomic_bool is_over;
    atomic_long answers;
    atomic_long connections;
} * shared;

typedef int talk_fn(struct peer *, uint64_t *random, int number);

/* One client: now and then it leaves, as is proper, and comes again. */
static int live(talk_fn *talk, const char *addresses, uint64_t random, int number, int ready)
{
    static struct peer peer;
    bool is_open = false;

    do {
        int count;

        if (!is_open) {
            if (!peer_open(&peer, peer_address(addresses, &random)))
                return 1;
            is_open = true;
            atomic_fetch_add(&shared->connections, 1);
        }
        count = talk(&peer, &random, number);
        if (count < 0)
            return 1;
        atomic_fetch_add(&shared->answers, count);
        if (ready >= 0) {
            if (write(ready, "r", 1) != 1)
                return 1;
            close(ready);
            ready = -1;
        }
        if (random_below(&random, 200) == 0) {
            peer_close(&peer);
            is_open = false;
        }
    } while (!atomic_load(&shared->is_over));
    return 0;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* False if one has ended before. */
static bool are_ready(int from, int processes)
{
    char c;

    for (int i = 0; i < processes; i++) {
        if (read(from, &c, 1) != 1)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    bool is_http = argc == 6 && strcmp(argv[1], "http") == 0;
    int processes = argc > 4 ? atoi(argv[2]) : 0;
    int worst = 0;
    int ready[2];
    bool all_ready;
    int status;
    char c;
    double started;
    long before;

    if (processes < 1 || (!is_http && strcmp(argv[1], "redis") != 0)) {
        fputs("usage: living http|redis PROCESSES SEED ADDRESS[,ADDRESS]... [DIRECTORY]\n",
              stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                  -1, 0);
    if (shared == MAP_FAILED || pipe(ready) != 0 || (is_http && !http_prepare(argv[5])))
        return 2;
    for (int i = 0; i < processes; i++) {
        if (fork() == 0)
            _exit(live(is_http ? http_talk : redis_talk, argv[4],
                       (strtoull(argv[3], NULL, 10) + 1) * 1000033 + (uint64_t)i * 104729 + 1,
                       i, ready[1]));
    }
    close(ready[1]);
    all_ready = are_ready(ready[0], processes);
    if (all_ready)
        puts("ready");
    fflush(stdout);
    started = now();
    before = shared->answers;
    while (all_ready && read(0, &c, 1) > 0)
        ;
    /* Those behind the end are verified too, and not in the rate. */
    printf("rate %.1f\n", (double)(shared->answers - before) / (now() - started));
    shared->is_over = true;
    while (wait(&status) > 0)
        worst |= status;
    printf("answers %ld\nconnections %ld\n", shared->answers, shared->connections);
    return worst == 0 ? 0 : 1;
}
