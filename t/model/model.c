/* SPDX-License-Identifier: MIT
 *
 * model: random sequences of operations, executed in several ways from one seed, each
 * compared step by step with its reference.
 *
 *   model REFUSE SHIM [STEPS [SEED [LENGTH [MODE...]]]]
 *
 * Ends with 0, with 1 after a difference, which is printed with the shortest sequence
 * that shows it, and with 2 where it cannot run.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "compare.h"
#include "shrink.h"
#include "worker.h"

#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100
#endif

enum {
    QUIET,
    QUIET_INSTALLED,
    MODEL,
    MODEL_KEEP_NONE,
    MODEL_OVERRIDE,
    MODEL_ATTACHED,
    MODEL_ENTERED,
    FIRST_TESTED
};

/* clang-format off */
static struct worker workers[] = {
    [QUIET] = {.name = "model", .mode = MODE_QUIET},
    [QUIET_INSTALLED] = {.name = "model, installed", .mode = MODE_QUIET_INSTALLED},
    [MODEL] = {.name = "model, shim", .mode = MODE_MODEL},
    [MODEL_KEEP_NONE] = {.name = "model, shim, keep=none", .mode = MODE_MODEL_KEEP_NONE},
    [MODEL_OVERRIDE] = {.name = "model, shim, handlers=override", .mode = MODE_MODEL_OVERRIDE},
    [MODEL_ATTACHED] = {.name = "model, attached", .mode = MODE_MODEL_ATTACHED},
    [MODEL_ENTERED] = {.name = "model, entered", .mode = MODE_MODEL_ENTERED},
    {.name = "ignored", .mode = MODE_IGNORED, .reference = QUIET},
    {.name = "library", .mode = MODE_LIBRARY, .reference = QUIET},
    {.name = "library, refused", .mode = MODE_LIBRARY, .reference = QUIET, .refuse = "EOPNOTSUPP"},
    {.name = "library, shim", .mode = MODE_LIBRARY_SHIM, .reference = QUIET, .under_shim = true},
    {.name = "installed", .mode = MODE_INSTALLED, .reference = QUIET_INSTALLED},
    {.name = "installed, shim", .mode = MODE_INSTALLED_SHIM, .reference = QUIET_INSTALLED,
     .under_shim = true},
    {.name = "shim", .mode = MODE_SHIM, .reference = MODEL, .under_shim = true},
    {.name = "shim, keep=none", .mode = MODE_SHIM, .reference = MODEL_KEEP_NONE, .under_shim = true,
     .setting = "EPIPE_KEEP=none"},
    {.name = "shim, handlers=override", .mode = MODE_SHIM, .reference = MODEL_OVERRIDE,
     .under_shim = true, .setting = "EPIPE_HANDLERS=override"},
    {.name = "attached", .mode = MODE_ATTACHED, .reference = MODEL_ATTACHED, .under_shim = true},
    {.name = "entered", .mode = MODE_ATTACHED, .reference = MODEL_ENTERED, .is_entered = true},
    {.name = "unprotected", .mode = MODE_UNPROTECTED, .reference = QUIET},
    {.name = "without the shim", .mode = MODE_SHIM, .reference = MODEL},
};
/* clang-format on */

/* The last ones are run where they are named only: "attached", for which SHIM is a preload
 * object that has its process attached to; "entered", for which this program is static and SHIM
 * is the epipe command; and the controls, which have to differ. */
enum {
    WORKERS = sizeof workers / sizeof *workers,
    CONTROLS = WORKERS - 4,
    MOST_SHOWN = 3
};

/* Sequences are given out in batches, so that no worker waits for the others each time. */
enum { BATCH = 16, BATCH_OPS = 3000 /* which a pipe holds */ };

static struct outcome outcomes[BATCH][WORKERS];
static struct op sequences[BATCH][MOST_OPS];
static unsigned long long compared[WORKERS], differences;

static void compare_all(const struct op *ops, unsigned length, const struct outcome *o,
                        uint64_t seed)
{
    for (unsigned i = FIRST_TESTED; i < WORKERS; i++) {
        const struct worker *reference = &workers[workers[i].reference];
        struct difference d;
        unsigned steps = 0;

        if (!workers[i].pid)
            continue;
        d = compare(&o[reference - workers], &o[i], workers[i].mode, workers[i].has_flag,
                    &steps);
        compared[i] += steps;
        if (d.what == NULL)
            continue;
        printf("seed %llu: %s differs from its reference\n", (unsigned long long)seed,
               workers[i].name);
        shrink_and_print(ops, length, reference, &workers[i], &d);
        if (++differences >= MOST_SHOWN)
            exit(1);
    }
}

static void try_batch(uint64_t seed, unsigned count, unsigned length)
{
    for (unsigned k = 0; k < count; k++) {
        operation_generate(sequences[k], length, seed + k);
        for (unsigned i = 0; i < WORKERS; i++)
            if (workers[i].pid)
                worker_ask(&workers[i], sequences[k], length);
    }
    for (unsigned i = 0; i < WORKERS; i++)
        for (unsigned k = 0; k < count; k++)
            if (workers[i].pid)
                worker_answer(&workers[i], &outcomes[k][i]);
    for (unsigned k = 0; k < count; k++)
        compare_all(sequences[k], length, outcomes[k], seed + k);
}

static bool is_wanted(const struct worker *worker, char **names)
{
    if (*names == NULL)
        return worker < workers + CONTROLS;
    for (; *names; names++)
        if (strcmp(*names, worker->name) == 0)
            return true;
    return false;
}

/* As epipe_write() finds out. */
static bool has_flag(void)
{
    struct iovec byte = {(char[]){0}, 1};
    int ends[2];
    bool answer;

    if (pipe(ends) != 0)
        return false;
    close(ends[0]);
    answer = pwritev2(ends[1], &byte, 1, -1, RWF_NOSIGNAL) < 0 && errno == EPIPE;
    close(ends[1]);
    return answer;
}

static bool start(const char *self, const char *refuse, const char *shim, char **names)
{
    bool reference_wanted[FIRST_TESTED] = {false};

    for (unsigned i = FIRST_TESTED; i < WORKERS; i++) {
        if (!is_wanted(&workers[i], names))
            continue;
        workers[i].has_flag = has_flag() && workers[i].refuse == NULL;
        reference_wanted[workers[i].reference] = true;
        if (!worker_start(&workers[i], self, refuse, shim))
            printf("%s: not to be had here\n", workers[i].name);
    }
    for (unsigned i = 0; i < FIRST_TESTED; i++)
        if (reference_wanted[i] && !worker_start(&workers[i], self, refuse, shim))
            return false;
    return true;
}

static unsigned long long number(int argc, char **argv, int at, unsigned long long otherwise)
{
    return argc > at ? strtoull(argv[at], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    unsigned long long steps = number(argc, argv, 3, 100000), done = 0;
    uint64_t seed = number(argc, argv, 4, 1);
    unsigned length = (unsigned)number(argc, argv, 5, 100);
    char *none[] = {NULL};
    char self[PATH_MAX] = "";

    if (argc == 3 && strcmp(argv[1], "--worker") == 0)
        worker_run((enum mode)atoi(argv[2]));
    if (argc < 3 || length == 0 || length > MOST_OPS) {
        fputs("usage: model REFUSE SHIM [STEPS [SEED [LENGTH [MODE...]]]]\n", stderr);
        return 2;
    }
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    if (!start(self, argv[1], argv[2], argc > 6 ? argv + 6 : none)) {
        fputs("model: a worker does not start\n", stderr);
        return 2;
    }
    while (done < steps) {
        unsigned long long left = (steps - done + length - 1) / length;
        unsigned most = length * BATCH > BATCH_OPS ? BATCH_OPS / length : BATCH;
        unsigned count = left < most ? (unsigned)left : most;

        try_batch(seed, count, length);
        seed += count;
        done += (unsigned long long)count * length;
    }
    for (unsigned i = 0; i < WORKERS; i++)
        if (workers[i].pid)
            worker_end(&workers[i]);
    for (unsigned i = FIRST_TESTED; i < WORKERS; i++)
        if (compared[i] > 0)
            printf("%s: %llu steps compared\n", workers[i].name, compared[i]);
    printf("%llu steps, %llu differences\n", done, differences);
    return differences > 0;
}
