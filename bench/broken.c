/* SPDX-License-Identifier: MIT
 *
 * What a write costs that fails with EPIPE: one byte to a pipe, a unix stream or a TCP
 * connection whose other end has gone.
 *
 *   broken SECONDS       under the shim, the shim's ways
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "measure.h"
#include "t/probe/broken-fd.h"
#include "ways.h"

enum { CALLS = 200, KINDS = 3, WAYS_MOST = 32 };

struct trial {
    const struct way *way;
    int fd;
};

static double sample(void *data)
{
    const struct trial *trial = data;
    bool broken = true;
    double spent;

    if (trial->way->begin)
        trial->way->begin();
    spent = measure_cpu();
    for (unsigned i = 0; i < CALLS; i++)
        broken &= trial->way->call(trial->fd, "", 1) < 0 && errno == EPIPE;
    spent = measure_cpu() - spent;
    if (trial->way->end)
        trial->way->end();
    return broken ? spent / CALLS : NAN;
}

static void compare(const char *kind, bool is_socket, double seconds)
{
    struct contender list[WAYS_MOST];
    struct trial trials[WAYS_MOST];
    char label[32];
    int fd = broken_fd(kind);
    unsigned count, n = 0;
    const struct way *ways = ways_here(&count);

    snprintf(label, sizeof label, "broken,%s,1", kind);
    for (unsigned i = 0; i < count; i++) {
        if (ways[i].dies || (ways[i].is_send && !is_socket))
            continue;
        trials[n] = (struct trial){&ways[i], fd};
        list[n] = (struct contender){label, ways[i].name, sample, &trials[n]};
        n++;
    }
    measure_in_turn(list, n, seconds);
    close(fd);
}

int main(int argc, char **argv)
{
    double seconds = measure_seconds(argc, argv) / KINDS;

    measure_pin();
    compare("pipe", false, seconds);
    compare("unix", true, seconds);
    compare("tcp", true, seconds);
    return 0;
}
