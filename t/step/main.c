/* SPDX-License-Identifier: MIT
 *
 * step: whatever happens at whichever instruction of a call that may break, its outcome is
 * the same.  Traces a program that makes the call, and at one instruction in each run
 * sends it a signal, whose handler writes or forks.
 *
 *     step [-1v] [-e EVERY] [-m NAME] [-s SEED] PROGRAM HELPER WAY...
 *
 * HELPER is the shim; for the way "attached" a preload object that has its process attached
 * to; for "entered" the epipe command.
 * Tries every instruction, or one in EVERY; which, and the handler's call, the SEED says.
 * -1: a program for each run and not a fork, but for these two; -m: only what has NAME in
 * its name, as -v prints it.  Exit status: 0, 1 after differences, 77 where nothing can be traced.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"

static const struct mode {
    const char *name;
    enum guard guard;
    enum help help;
} modes[] = {
    {"without", GUARD_NONE, HELP_NONE},
    {"shim", GUARD_NONE, HELP_SHIM},
    {"flag", GUARD_FLAG, HELP_NONE},
    {"scope", GUARD_SCOPE, HELP_NONE},
    {"installed", GUARD_INSTALLED, HELP_NONE},
    {"flag, shim", GUARD_FLAG, HELP_SHIM},
    {"scope, shim", GUARD_SCOPE, HELP_SHIM},
    {"installed, shim", GUARD_INSTALLED, HELP_SHIM},
    {"attached", GUARD_NONE, HELP_ATTACH},
    {"entered", GUARD_NONE, HELP_ENTER},
};

static const char *const call_names[CALLS] = {
    "write", "writev", "send",      "sendmsg", "sendfile", "splice", "dprintf",
    "stdio", "raw",    "sigaction", "signal",  "kill",     "pipe",   "unblock",
};
static const char *const object_names[OBJECTS] = {"protected", "kept", "alive"};
static const char *const event_names[EVENTS] = {"write", "fork", "SIGPIPE from outside"};
static const enum call inner_calls[] = {CALL_WRITE, CALL_RAW, CALL_SPLICE};

static struct {
    bool once, verbose;
    long every;
    unsigned long seed;
    const char *match;
} options = {.every = 1, .seed = 1, .match = ""};

/* What a way came to. */
static struct {
    long runs, combinations, differences;
} total;

enum { SHOWN = 4000 };

/* A number that looks like any, and always the same. */
static unsigned long mix(unsigned long a, unsigned long b)
{
    unsigned long long x = a * 0x9e3779b97f4a7c15ULL + b + options.seed * 0xda942042e4dd58b5ULL;

    x ^= x >> 31;
    x *= 0xbf58476d1ce4e5b9ULL;
    return (unsigned long)(x ^ x >> 29);
}

static void tell_answer(const char *name, const struct answer *a)
{
    if (a->begun && a->done)
        printf("; %s: %d, errno %d", name, a->result, a->error);
    else
        printf("; %s: %s", name, a->begun ? "did not return" : "was not made");
}

static void tell(const char *name, const char *place, const struct outcome *o, const char *wrong)
{
    const struct report *r = &o->report;

    printf("%s: %s: %s; status %#x", name, place,
           wrong != NULL ? wrong : "as it should be", (unsigned)o->status);
    tell_answer("outer", &r->outer);
    tell_answer("inner", &r->inner);
    tell_answer("child", &r->child);
    printf("; child's status %#x; swallowed %d; blocked %d, pending %d\n",
           (unsigned)r->child_status, r->swallowed, r->blocked, r->pending);
}

/* Counts a run, and prints what is to be seen. */
static void account(const struct tracee *tracee, const char *name, const struct request *r,
                    long position, unsigned long pc, bool is_directed,
                    const struct outcome *o, const char *wrong)
{
    char object[128], place[256];

    total.runs++;
    if (wrong != NULL && ++total.differences == SHOWN)
        printf("(further ones are counted only)\n");
    if (!options.verbose && (wrong == NULL || total.differences >= SHOWN))
        return;
    trace_place(tracee, pc, object, sizeof object);
    snprintf(place, sizeof place, "instruction %ld (%s), %s, %s", position, object,
             is_directed ? "tgkill" : "kill", call_names[r->inner]);
    tell(name, place, o, wrong);
}

/* What is done to the call by an event is not in its path, but for what it writes to. */
static struct outcome record(struct tracee *tracee, const struct request *r, struct path *path)
{
    static struct request last;
    static struct outcome outcome;
    struct request now = *r;

    if (now.event == EVENT_OUTSIDE)
        now.event = EVENT_WRITE;
    if (now.outer != OBJECT_ALIVE)
        now.target = OBJECT_PROTECTED;
    if (total.combinations > 1 && memcmp(&now, &last, sizeof now) == 0)
        return outcome;
    last = now;
    outcome = trace_record(tracee, r, path);
    return outcome;
}

/* One combination, at its instructions. */
static void go_through(struct tracee *tracee, const char *name, struct request r)
{
    static struct path path;
    unsigned long id =
        (unsigned long)(((r.call * OBJECTS + r.outer) * EVENTS + r.event) * OBJECTS + r.target);
    unsigned changes = 0;
    struct outcome o;
    int before = 0;

    o = record(tracee, &r, &path);
    if (o.status != 0 && expect_fate(&r) == LIVES)
        account(tracee, name, &r, -1, path.pc[0], false, &o, "it died without a signal");
    for (long i = (long)(mix(id, 0) % (unsigned long)options.every); i < path.count;
         i += options.every) {
        unsigned long any = mix(id, (unsigned long)i + 1) % 6;

        if (path.before[i] == MANY)
            continue; /* a loop */
        r.inner = (int)inner_calls[any / 2];
        if (!expect_is_known(&r))
            r.inner = CALL_WRITE;
        o = trace_run(tracee, &r, &path, i, any % 2 == 0);
        if (!o.is_reached)
            continue; /* a loop that was shorter, of how much /proc had to say */
        changes += o.status != before;
        before = o.status;
        account(tracee, name, &r, i, path.pc[i], any % 2 == 0, &o, expect_compare(&r, &o));
    }
    if (expect_fate(&r) == EITHER && changes > expect_changes(&r) + 1) {
        total.differences++;
        printf("%s: lives and dies by turns: %u changes\n", name, changes);
    }
}

static void go_through_mode(const struct mode *mode, const char *program, const char *helper)
{
    enum { COMBINATIONS = CALLS * OBJECTS * EVENTS * OBJECTS };

    struct tracee tracee;
    char name[128];

    memset(&total, 0, sizeof total);
    if (!trace_start(&tracee, program, mode->help, helper)) {
        printf("nothing can be traced here\n");
        exit(77);
    }
    for (int i = 0; i < COMBINATIONS; i++) {
        struct request r = {.once = options.once && mode->help < HELP_ATTACH,
                            .guard = (int)mode->guard,
                            .is_attached = mode->help >= HELP_ATTACH,
                            .call = i / (OBJECTS * EVENTS * OBJECTS),
                            .outer = i / (EVENTS * OBJECTS) % OBJECTS,
                            .event = i / OBJECTS % EVENTS,
                            .target = i % OBJECTS};

        snprintf(name, sizeof name, "%s: %s, %s; %s%s%s", mode->name, call_names[r.call],
                 object_names[r.outer], event_names[r.event],
                 r.event == EVENT_WRITE ? ", " : "",
                 r.event == EVENT_WRITE ? object_names[r.target] : "");
        if (!expect_applies(&r) || strstr(name, options.match) == NULL)
            continue;
        total.combinations++;
        go_through(&tracee, name, r);
    }
    trace_stop(&tracee);
    printf("%s: %ld runs of %ld combinations, %ld differences\n", mode->name, total.runs,
           total.combinations, total.differences);
}

static const struct mode *find_mode(const char *name)
{
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    fprintf(stderr, "step: %s: no such mode; t/step/main.c names them\n", name);
    exit(2);
}

/* Tracer and traced process take turns: on one processor they need not wake another. */
static void stay_on_one_processor(void)
{
    int here = sched_getcpu();
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)(here < 0 ? 0 : here), &set);
    sched_setaffinity(0, sizeof set, &set);
}

int main(int argc, char **argv)
{
    bool differs_somewhere = false;
    int c;

    while ((c = getopt(argc, argv, "1ve:m:s:")) != -1) {
        if (c == '1')
            options.once = true;
        else if (c == 'v')
            options.verbose = true;
        else if (c == 'e')
            options.every = atol(optarg);
        else if (c == 'm')
            options.match = optarg;
        else if (c == 's')
            options.seed = strtoul(optarg, NULL, 10);
        else
            return 2;
    }
    if (argc - optind < 3 || options.every < 1) {
        fputs("usage: step [-1v] [-e EVERY] [-m NAME] [-s SEED] PROGRAM HELPER WAY...\n",
              stderr);
        return 2;
    }
    stay_on_one_processor();
    for (int i = optind + 2; i < argc; i++) {
        go_through_mode(find_mode(argv[i]), argv[optind], argv[optind + 1]);
        differs_somewhere |= total.differences != 0;
    }
    return differs_somewhere;
}
