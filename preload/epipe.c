/* SPDX-License-Identifier: MIT
 *
 * epipe: checks the settings and the target, sets the environment, and execs.
 * No process of its own stays behind.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "entry.h"
#include "fallback.h"
#include "locate.h"
#include "logpath.h"
#include "policy.h"
#include "say.h"
#include "status.h"
#include "target.h"

/* One line for each option, and all of it on a screen of 24 lines. */
static const char help[] =
    "Usage: epipe [OPTION]... [--] PROGRAM [ARG]...\n"
    "       epipe --check PROGRAM|PID\n"
    "Run PROGRAM so that a write to a pipe or socket whose other end is gone fails\n"
    "with EPIPE instead of killing it by SIGPIPE.\n"
    "\n"
    "  -k, --keep=LIST      what still kills: stdio,stages (default), none, 3,7\n"
    "  -o, --only=LIST      protect only calls by libraries, as in liblber*,libssl*\n"
    "  -H, --handlers=WHAT  its own SIGPIPE handlers: respect (default) or override\n"
    "  -c, --children=WHAT  programs that it starts: inherit (default) or none\n"
    "  -l, --log=WHERE      what was swallowed: off (default), stderr, syslog, /PATH\n"
    "  -t, --trace[=off]    the same, with the stack that led to it\n"
    "  -S, --summary[=off]  a line at the end that says how many there were\n"
    "  -g, --give-up=N      let the next kill after N in a row on a pipe or socket\n"
    "  -f, --fallback=WHAT  where the shim cannot go: refuse (default) or ignore\n"
    "  -C, --check          say whether PROGRAM or process PID can be helped, and why\n"
    "  -s, --show           print the environment that would be set\n"
    "  -h, --help           print this\n"
    "  -V, --version        print the version\n"
    "\n"
    "An option goes before its variable: EPIPE_KEEP, EPIPE_ONLY, and so on.\n"
    "Exit status: PROGRAM's; 125 if epipe itself fails, 126 if PROGRAM cannot be\n"
    "executed, 127 if it is not found.  --check: 0 yes, 1 need not be, 2 cannot.\n";

/* clang-format off */
static const struct option options[] = {
    {"keep", required_argument, NULL, 'k'},     {"only", required_argument, NULL, 'o'},
    {"handlers", required_argument, NULL, 'H'}, {"children", required_argument, NULL, 'c'},
    {"log", required_argument, NULL, 'l'},      {"trace", optional_argument, NULL, 't'},
    {"summary", optional_argument, NULL, 'S'},  {"give-up", required_argument, NULL, 'g'},
    {"fallback", required_argument, NULL, 'f'}, {"check", no_argument, NULL, 'C'},
    {"show", no_argument, NULL, 's'},           {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};
/* clang-format on */

static _Noreturn void out_of_memory(void)
{
    fputs("epipe: out of memory\n", stderr);
    exit(EXIT_OWN_FAILURE);
}

/* Dies with one line that names the offending word.  WHERE is "--keep" or
 * "EPIPE_KEEP". */
static void check_setting(enum policy_key key, const char *where, const char *value)
{
    struct policy policy = policy_default;
    struct policy_error error;

    if (policy_set(&policy, key, value, &error)) {
        const char *why = policy.log == LOG_PATH ? logpath_refusal(policy.log_path) : NULL;

        if (why == NULL)
            return;
        error = (struct policy_error){value, strlen(value), why};
    }
    say(stderr, "epipe", "%s: '%.*s' %s; it takes %s", where, (int)error.length,
        error.word, error.why, policy_names[key].values);
    exit(EXIT_OWN_FAILURE);
}

static void set_option(enum policy_key key, const char *value)
{
    char where[32];

    snprintf(where, sizeof where, "--%s", policy_names[key].option);
    check_setting(key, where, value);
    if (setenv(policy_names[key].variable, value, 1) != 0)
        out_of_memory();
}

/* The shim for IMAGE; dies with one line where there is none. */
static void choose_shim(const struct image *image, struct shim *shim)
{
    if (!locate_shim(image, shim)) {
        say(stderr, "epipe", "%s: %s", shim->path, strerror(errno));
        exit(EXIT_OWN_FAILURE);
    }
    if (!entry_fits(shim->path)) {
        say(stderr, "epipe",
            "'%s' has a colon, blank or $ in it, which LD_PRELOAD cannot hold", shim->path);
        exit(EXIT_OWN_FAILURE);
    }
}

static void set_preload(const struct shim *shim)
{
    if (!entry_add(shim->entry, shim->path, shim->is_musl))
        out_of_memory();
}

/* As a shell reads it: in single quotes. */
static void show_variable(const char *name)
{
    const char *value = getenv(name);

    if (value == NULL)
        return;
    printf("%s='", name);
    for (; *value != '\0'; value++) {
        if (*value == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*value);
    }
    puts("'");
}

static int finish_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_SUCCESS;
    fprintf(stderr, "epipe: standard output: %s\n", strerror(errno));
    return EXIT_OWN_FAILURE;
}

static int run(char **argv, struct shim *shim, enum fallback fallback)
{
    char path[PATH_MAX];
    int error = target_find(argv[0], path);
    enum target_refusal refusal = TARGET_FITS;
    struct target target;

    if (error == 0) {
        /* What is wrong with a script's interpreter, exec will say. */
        if (target_look(path, &target) == 0) {
            choose_shim(&target.image, shim);
            refusal = target_check(&target, shim);
        }
        if (refusal == TARGET_FITS)
            set_preload(shim);
        else if (!fallback_take(fallback, argv[0], target.path, refusal))
            return fallback_status(refusal);
        execvp(argv[0], argv);
        error = errno;
    }
    say(stderr, "epipe", "%s: %s", argv[0], strerror(error));
    return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

int main(int argc, char **argv)
{
    static const char letters[] = "koHcltSg"; /* in the order of enum policy_key */
    static char name[] = "epipe";
    struct shim shim;
    enum fallback fallback = FALLBACK_REFUSE;
    bool show = false, diagnose = false;
    int option;

    if (argc > 0)
        argv[0] = name; /* for getopt's messages */
    while ((option = getopt_long(argc, argv, "+k:o:H:c:l:tSg:f:CshV", options, NULL)) != -1) {
        const char *letter = strchr(letters, option);

        if (letter != NULL) {
            set_option((enum policy_key)(letter - letters), optarg ? optarg : "on");
        } else if (option == 'f') {
            if (!fallback_parse(optarg, &fallback))
                return EXIT_OWN_FAILURE;
        } else if (option == 'C') {
            diagnose = true;
        } else if (option == 's') {
            show = true;
        } else if (option == 'h') {
            fputs(help, stdout);
            return finish_output();
        } else if (option == 'V') {
            puts("epipe (" PACKAGE_NAME ") " PACKAGE_VERSION);
            return finish_output();
        } else {
            return EXIT_OWN_FAILURE; /* getopt has said what is wrong */
        }
    }
    for (unsigned key = 0; key < POLICY_KEYS; key++) {
        const char *value = getenv(policy_names[key].variable);

        if (value != NULL)
            check_setting((enum policy_key)key, policy_names[key].variable, value);
    }
    if (optind == argc && (!show || diagnose)) {
        fputs("epipe: no program given; 'epipe --help' tells more\n", stderr);
        return EXIT_OWN_FAILURE;
    }
    choose_shim(&(struct image){0}, &shim);
    if (diagnose) {
        int status = check(argv[optind]);
        int failure = finish_output();

        return failure ? failure : status;
    }
    if (!show)
        return run(argv + optind, &shim, fallback);
    set_preload(&shim);
    for (unsigned key = 0; key < POLICY_KEYS; key++)
        show_variable(policy_names[key].variable);
    show_variable("LD_PRELOAD");
    return finish_output();
}
