/* SPDX-License-Identifier: MIT
 *
 * What it costs to start a program that does nothing: as it is, with a preload object
 * that does nothing, and with the shim.  CPU time of the child, in ns.
 *
 *   start SECONDS PROGRAM EMPTY-OBJECT SHIM
 */
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "measure.h"

static const char *program;

struct environment {
    char preload[4096];
    char *variables[2];
};

static double microseconds(struct timeval time)
{
    return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

static double sample(void *data)
{
    struct environment *environment = data;
    char *const argv[] = {(char *)program, NULL};
    struct rusage usage;
    int status;
    pid_t pid;

    if (posix_spawn(&pid, program, NULL, NULL, argv, environment->variables) != 0)
        return NAN;
    if (wait4(pid, &status, 0, &usage) != pid || status != 0)
        return NAN;
    return 1e3 * (microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
}

static void set(struct environment *environment, const char *object)
{
    snprintf(environment->preload, sizeof environment->preload, "LD_PRELOAD=%s", object);
    environment->variables[0] = environment->preload;
}

int main(int argc, char **argv)
{
    static struct environment none, empty, shim;
    struct contender list[] = {
        {"start,,", "plain", sample, &none},
        {"start,,", "empty", sample, &empty},
        {"start,,", "empty-again", sample, &empty},
        {"start,,", "shim", sample, &shim},
    };
    double seconds = argc == 5 ? measure_seconds(argc, argv) : 0;

    if (seconds <= 0) {
        fprintf(stderr, "usage: start SECONDS PROGRAM EMPTY-OBJECT SHIM\n");
        return 2;
    }
    program = argv[2];
    set(&empty, argv[3]);
    set(&shim, argv[4]);
    measure_pin();
    measure_in_turn(list, sizeof list / sizeof *list, seconds);
    return 0;
}
