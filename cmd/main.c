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

#include "attach.h"
#include "check.h"
#include "execute.h"
#include "exit-status.h"
#include "fallback.h"
#include "find-shim.h"
#include "graft/enter.h"
#include "help.h"
#include "ld-preload.h"
#include "list.h"
#include "log-path.h"
#include "message.h"
#include "preload/settings.h"
#include "proc-environ.h"
#include "self-test.h"
#include "show.h"
#include "target.h"

/* clang-format off */
static const struct option options[] = {
    {"keep", required_argument, NULL, 'k'},     {"only", required_argument, NULL, 'o'},
    {"handlers", required_argument, NULL, 'H'}, {"children", required_argument, NULL, 'c'},
    {"log", required_argument, NULL, 'l'},      {"trace", optional_argument, NULL, 't'},
    {"summary", optional_argument, NULL, 'S'},  {"give-up", required_argument, NULL, 'g'},
    {"service", optional_argument, NULL, 'D'},  {"fallback", required_argument, NULL, 'f'},
    {"check", no_argument, NULL, 'C'},          {"attach", no_argument, NULL, 'a'},
    {"detach", no_argument, NULL, 'd'},         {"list", optional_argument, NULL, 'L'},
    {"show", optional_argument, NULL, 's'},     {"self-test", optional_argument, NULL, 'T'},
    {"help", no_argument, NULL, 'h'},           {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};
/* clang-format on */

/* What the options say; NULL where the environment has the word. */
static const char *given[SETTINGS_KEYS];

static struct shim shim;

/* Dies with one line that names the offending word.  WHERE is "--keep" or
 * "EPIPE_KEEP". */
static void check_setting(enum setting_key key, const char *where, const char *value)
{
    static struct settings settings; /* not on a small stack */
    struct setting_error error;

    settings = settings_default;
    if (settings_set(&settings, key, value, &error)) {
        const char *why = settings.log == LOG_PATH ? log_path_refusal(settings.log_path) : NULL;

        if (why == NULL)
            return;
        error = (struct setting_error){value, strlen(value), why};
    }
    print(stderr, "epipe", "%s: '%.*s' %s; it takes %s", where, (int)error.length,
          error.word, error.why, setting_names[key].values);
    exit(EXIT_OWN_FAILURE);
}

static void set_option(enum setting_key key, const char *value)
{
    char where[32];

    snprintf(where, sizeof where, "--%s", setting_names[key].option);
    check_setting(key, where, value);
    given[key] = value;
}

/* The shim for ELF; dies with one line where there is none. */
static void choose_shim(const struct elf *elf)
{
    if (!find_shim(elf, &shim)) {
        print(stderr, "epipe", "%s: %s", shim.path, strerror(errno));
        exit(EXIT_OWN_FAILURE);
    }
    if (!ld_preload_fits(shim.path)) {
        print(stderr, "epipe",
              "'%s' has a colon, blank or $ in it, which LD_PRELOAD cannot hold", shim.path);
        exit(EXIT_OWN_FAILURE);
    }
}

static int finish_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_SUCCESS;
    fprintf(stderr, "epipe: standard output: %s\n", strerror(errno));
    return EXIT_OWN_FAILURE;
}

/* The value that an option or the environment has for KEY, or NULL. */
static const char *value_of(enum setting_key key)
{
    return given[key] != NULL ? given[key] : getenv(setting_names[key].variable);
}

static bool is_value(enum setting_key key, const char *word)
{
    const char *value = value_of(key);

    return value != NULL && strcmp(value, word) == 0;
}

/* What --service stands for, as if it had been given. */
static void expand_service(void)
{
    if (!is_value(KEY_SERVICE, "on"))
        return;
    for (unsigned key = 0; key < SETTINGS_KEYS; key++)
        if (value_of((enum setting_key)key) == NULL)
            given[key] = setting_names[key].service;
}

static void complain_unprotected(const char *program, const char *why)
{
    print(stderr, "epipe", "%s is not protected: it %s", program, why);
}

static int run(char **argv, enum fallback fallback)
{
    static struct target target; /* not on a small stack */
    const struct shim *loaded = &shim;
    int error = target_read(argv[0], &target);
    enum target_refusal refusal;
    pid_t helper = 0;

    /* What is wrong with the program, or a script's interpreter, exec will say. */
    choose_shim(&target.elf);
    refusal = error == 0 ? target_check(&target, &shim) : TARGET_OK;
    if (refusal == TARGET_ENTERED) {
        helper = enter_prepare(attach_keep_rule(given), complain_unprotected);
        refusal = helper >= 0 ? TARGET_GO : TARGET_UNTRACEABLE;
    }
    if (refusal == TARGET_GO) { /* the shim is for its children */
        loaded = is_value(KEY_CHILDREN, "none") ? NULL : &shim;
    } else if (refusal != TARGET_OK) {
        if (!fallback_take(fallback, argv[0], target.path, refusal))
            return fallback_status(refusal);
        loaded = NULL;
    }
    error = execute(target.file, argv, given, loaded, target.elf.sanitizer);
    if (helper > 0)
        enter_cancel(helper);
    if (error == ENOENT && target_lacks_loader(&target)) {
        fallback_take(FALLBACK_REFUSE, argv[0], target.path, TARGET_NO_LOADER);
        return fallback_status(TARGET_NO_LOADER);
    }
    print(stderr, "epipe", "%s: %s", argv[0], strerror(error));
    return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

int main(int argc, char **argv)
{
    static const char letters[] = "koHcltSgD"; /* in the order of enum setting_key */
    static char name[] = "epipe";
    enum fallback fallback = FALLBACK_REFUSE;
    bool showing = false, for_systemd = false, diagnose = false;
    int option, running = 0; /* 'a' or 'd': processes that run are meant */

    if (argc > 0)
        argv[0] = name; /* for getopt's messages */
    while ((option = getopt_long(argc, argv, "+k:o:H:c:l:tSg:Df:CsThVadL::", options, NULL)) !=
           -1) {
        const char *letter = strchr(letters, option);

        if (letter != NULL) {
            set_option((enum setting_key)(letter - letters), optarg ? optarg : "on");
        } else if (option == 'f') {
            if (!fallback_parse(optarg, &fallback))
                return EXIT_OWN_FAILURE;
        } else if (option == 'C') {
            diagnose = true;
        } else if (option == 's') {
            for_systemd = optarg != NULL;
            if (for_systemd && strcmp(optarg, "systemd") != 0) {
                print_bad_value("show", optarg, "systemd");
                return EXIT_OWN_FAILURE;
            }
            showing = true;
        } else if (option == 'a' || option == 'd') {
            running = option;
        } else if (option == 'L') {
            return list_processes(optarg) == 0 ? finish_output() : EXIT_OWN_FAILURE;
        } else if (option == 'T' && optarg != NULL) {
            return self_test_break(optarg);
        } else if (option == 'T') {
            int status = self_test();

            return finish_output() ? EXIT_OWN_FAILURE : status;
        } else if (option == 'h') {
            fputs(help, stdout);
            return finish_output();
        } else if (option == 'V') {
            puts("epipe (" PACKAGE_NAME ") " PACKAGE_VERSION);
            return finish_output();
        } else {
            print(stderr, "epipe", "'epipe --help' lists the options"); /* getopt has said why */
            return EXIT_OWN_FAILURE;
        }
    }
    for (unsigned key = 0; key < SETTINGS_KEYS; key++) {
        const char *value = getenv(setting_names[key].variable);

        if (given[key] == NULL && value != NULL)
            check_setting((enum setting_key)key, setting_names[key].variable, value);
    }
    environ_complain();
    if (optind == argc && (!showing || diagnose)) {
        print(stderr, "epipe", "no %s given; 'epipe --help' tells more",
              running != 0 ? "process" : "program");
        return EXIT_OWN_FAILURE;
    }
    if (running != 0)
        return attach_processes(argv + optind, running == 'd', given);
    expand_service();
    if (!diagnose && !showing)
        return run(argv + optind, fallback);
    choose_shim(&(struct elf){0});
    if (diagnose) {
        int status = check(argv + optind);

        return finish_output() ? EXIT_OWN_FAILURE : status;
    }
    if (!for_systemd)
        show(&shim, given);
    else if (!show_systemd(&shim, given, argv[optind]))
        return EXIT_OWN_FAILURE;
    return finish_output();
}
