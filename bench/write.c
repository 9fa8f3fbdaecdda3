/* SPDX-License-Identifier: MIT
 *
 * What a write costs, by way, object and size, in CPU time of the writing thread.
 *
 *   write SECONDS                  all of them; under the shim, the shim's ways
 *   write OBJECT SIZE WAY COUNT    COUNT calls and nothing else, for those who count
 *                                  system calls or instructions
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "measure.h"
#include "objects.h"
#include "ways.h"

enum { SIZES = 4, WAYS_MOST = 32, CALLS_LEAST = 64 };

static const size_t sizes[SIZES] = {1, 512, 4096, OBJECT_SIZE_MOST};
static char bytes[OBJECT_SIZE_MOST];

struct trial {
    const struct way *way;
    const struct object *object;
    size_t size;
    unsigned room;
};

/* Makes the calls that the object has room for.  Did all of them write all? */
static bool fill(const struct trial *trial, unsigned calls)
{
    ssize_t (*call)(int, const void *, size_t) = trial->way->call;
    ssize_t size = (ssize_t)trial->size;
    int fd = trial->object->fd;
    bool whole = true;

    for (unsigned i = 0; i < calls; i++)
        whole &= call(fd, bytes, trial->size) == size;
    return whole;
}

static double sample(void *data)
{
    const struct trial *trial = data;
    bool whole = true;
    double spent = 0;
    unsigned calls = 0;

    if (trial->way->begin)
        trial->way->begin();
    for (; calls < CALLS_LEAST; calls += trial->room) {
        double start = measure_cpu();

        whole &= fill(trial, trial->room);
        spent += measure_cpu() - start;
        object_drain(trial->object);
    }
    if (trial->way->end)
        trial->way->end();
    return whole ? spent / calls : NAN;
}

static void compare(const struct object *object, size_t size, double seconds)
{
    struct contender list[WAYS_MOST];
    struct trial trials[WAYS_MOST];
    char label[64];
    unsigned count, n = 0;
    const struct way *ways = ways_here(&count);
    unsigned room = object_room(object, size);

    snprintf(label, sizeof label, "write,%s,%zu", object->name, size);
    for (unsigned i = 0; i < count; i++) {
        if (ways[i].is_send && !object->is_socket)
            continue;
        trials[n] = (struct trial){&ways[i], object, size, room};
        list[n] = (struct contender){label, ways[i].name, sample, &trials[n]};
        n++;
    }
    measure_in_turn(list, n, seconds);
}

/* Off the path that is counted: the object is as large as it gets, and COUNT is small. */
static int count_only(char **argv)
{
    struct object object;
    unsigned calls = (unsigned)strtoul(argv[4], NULL, 10);
    struct trial trial = {.way = ways_find(argv[3]), .object = &object};

    trial.size = strtoul(argv[2], NULL, 10);
    if (!object_open(&object, argv[1]) || trial.size > OBJECT_SIZE_MOST) {
        fprintf(stderr, "write: no such object or size: %s %s\n", argv[1], argv[2]);
        return 2;
    }
    if (trial.way->begin)
        trial.way->begin();
    bool whole = fill(&trial, calls);
    if (trial.way->end)
        trial.way->end();
    return whole ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 5)
        return count_only(argv);

    double seconds = measure_seconds(argc, argv) / (OBJECT_KINDS * SIZES);

    measure_pin();
    for (unsigned kind = 0; kind < OBJECT_KINDS; kind++) {
        struct object object;

        object_open(&object, object_names[kind]);
        for (unsigned i = 0; i < SIZES; i++)
            compare(&object, sizes[i], seconds);
        object_close(&object);
    }
    return 0;
}
