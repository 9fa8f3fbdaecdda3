/* SPDX-License-Identifier: MIT
 *
 * Does a write cost a thread more where others write too, each to a pipe of its own?
 * What is counted is CPU time, so more threads than CPUs may run; a cache line that they
 * shared would show on any two CPUs.
 *
 *   threads SECONDS      under the shim, the shim's ways
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <epipe.h>
#include "guards.h"
#include "measure.h"
#include "objects.h"
#include "ways.h"

enum { COUNTS = 4, THREADS_MOST = 8, WAYS_MOST = 8, FILLS = 4 };

static const unsigned counts[COUNTS] = {1, 2, 4, THREADS_MOST};

struct trial {
    const struct way *way;
    unsigned threads;
};

struct worker {
    pthread_t id;
    pthread_barrier_t *start;
    const struct way *way;
    struct object *object;
    double ns; /* per call; NAN: not every call wrote */
};

static struct object objects[THREADS_MOST];

static void *work(void *data)
{
    struct worker *worker = data;
    ssize_t (*call)(int, const void *, size_t) = worker->way->call;
    unsigned calls = 500;
    bool whole = true;
    double spent = 0;

    pthread_barrier_wait(worker->start);
    for (unsigned n = 0; n < FILLS; n++) {
        double start = measure_cpu();

        for (unsigned i = 0; i < calls; i++)
            whole &= call(worker->object->fd, "", 1) == 1;
        spent += measure_cpu() - start;
        object_drain(worker->object);
    }
    worker->ns = whole ? spent / (FILLS * calls) : NAN;
    return NULL;
}

static double sample(void *data)
{
    const struct trial *trial = data;
    struct worker workers[THREADS_MOST];
    pthread_barrier_t start;
    double sum = 0;

    if (trial->way->begin)
        trial->way->begin();
    pthread_barrier_init(&start, NULL, trial->threads);
    for (unsigned i = 0; i < trial->threads; i++) {
        workers[i] =
            (struct worker){.start = &start, .way = trial->way, .object = &objects[i]};
        if (pthread_create(&workers[i].id, NULL, work, &workers[i]) != 0)
            measure_fail("pthread_create");
    }
    for (unsigned i = 0; i < trial->threads; i++) {
        pthread_join(workers[i].id, NULL);
        sum += workers[i].ns;
    }
    pthread_barrier_destroy(&start);
    if (trial->way->end)
        trial->way->end();
    return sum / trial->threads;
}

/* Those that are not about the thread that begins them. */
static bool is_for_threads(const struct way *way)
{
    static const char *const names[] = {"write",           "epipe_write", "scope",
                                        "scope-installed", "write-libc",  "write-shim"};

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(way->name, names[i]) == 0)
            return true;
    return false;
}

/* The scope alone: beside a system call a shared cache line might not be seen. */
static ssize_t empty_scope(int fd, const void *buf, size_t len)
{
    struct epipe_scope scope;

    (void)fd;
    (void)buf;
    epipe_scope_enter(&scope);
    epipe_scope_leave(&scope);
    return (ssize_t)len;
}

int main(int argc, char **argv)
{
    static struct contender list[COUNTS * WAYS_MOST];
    static struct trial trials[COUNTS * WAYS_MOST];
    static char labels[COUNTS][32];
    double seconds = measure_seconds(argc, argv);
    unsigned count, n = 0;
    const struct way *ways = ways_here(&count);
    const struct way empty = {"empty-scope-installed", false,           false,
                              guard_install,           guard_uninstall, empty_scope};

    for (unsigned i = 0; i < THREADS_MOST; i++)
        object_open(&objects[i], "pipe");
    for (unsigned c = 0; c < COUNTS; c++) {
        snprintf(labels[c], sizeof labels[c], "threads,%u,1", counts[c]);
        for (unsigned i = 0; i <= count; i++) {
            const struct way *way = i < count ? &ways[i] : &empty;

            if (i == count ? ways != ways_plain : !is_for_threads(way))
                continue;
            trials[n] = (struct trial){way, counts[c]};
            list[n] = (struct contender){labels[c], way->name, sample, &trials[n]};
            n++;
        }
    }
    measure_in_turn(list, n, seconds);
    return 0;
}
