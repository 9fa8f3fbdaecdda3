/* SPDX-License-Identifier: MIT
 *
 * main.c checks the settings and the target, sets the environment, and executes the
 * program. No process of epipe's own stays behind.
 */
#include <errno.h>
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
#include "graft/proc-status.h"
#include "help.h"
#include "ld-preload.h"
#include "list.h"
#include "message.h"
#include "options.h"
#include "self-test.h"
#include "show.h"
#include "target.h"

static struct options options;
static struct shim shim;

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
    if (fflush(stdout) == 0 && !ferror(stdout) && fclose(stdout) == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, "epipe: standard output: %s\n", strerror(errno));
    return EXIT_OWN_FAILURE;
}

static void complain_unprotected(const char *program, const char *why)
{
    print(stderr, "epipe", "%s is not protected: it %s", program, why);
}

/* Of the settings that the options have given, where the handler is an attach's. */
static void complain_without_effect(const char *program)
{
    char list[128] = "";
    char *to = list;

    for (unsigned key = 0; key < SETTINGS_KEYS; key++) {
        const char *value = options.given[key];

        if (value == NULL || key == KEY_KEEP || key == KEY_CHILDREN || key == KEY_SERVICE ||
            strcmp(value, "off") == 0 || strcmp(value, "respect") == 0)
            continue;
        to = stpcpy(stpcpy(stpcpy(to, to == list ? "" : ", "), "--"),
                    setting_names[key].option);
    }
    if (to != list)
        print(stderr, "epipe", "%s is statically linked; %s %s", program,
              options.settings->clean_children ? "no effect has" : "only its children heed",
              list);
}

static int run(char **argv)
{
    static struct target target; /* not on a small stack */
    const struct shim *loaded = &shim;
    int error = target_read(argv[0], &target);
    const char *why = NULL;
    enum target_refusal refusal;
    pid_t helper = 0;

    /* What is wrong with the program, or a script's interpreter, exec will say. */
    choose_shim(&target.elf);
    refusal = error == 0 ? target_check(&target, &shim) : TARGET_OK;
    if (refusal == TARGET_ENTERED) {
        helper = enter_prepare(&options.settings->keep, complain_unprotected);
        refusal = helper >= 0 ? TARGET_GO : TARGET_UNTRACEABLE;
        if (helper > 0)
            complain_without_effect(argv[0]);
        why = helper >= 0              ? NULL
              : proc_problem() != NULL ? proc_problem()
                                       : strerror(errno);
    }
    if (refusal == TARGET_GO) { /* the shim is for its children */
        loaded = options.settings->clean_children ? NULL : &shim;
    } else if (refusal != TARGET_OK) {
        if (!fallback_take(options.fallback, argv[0], target.path, refusal, why))
            return fallback_status(refusal);
        loaded = NULL;
    }
    error = execute(target.file, argv,
                    loaded == NULL && options.settings->clean_children ? NULL : options.given,
                    loaded, target.elf.sanitizer);
    if (helper > 0)
        enter_cancel(helper);
    if (error == ENOENT && target_lacks_loader(&target)) {
        fallback_take(FALLBACK_REFUSE, argv[0], target.path, TARGET_NO_LOADER, NULL);
        return fallback_status(TARGET_NO_LOADER);
    }
    if (error == ENOENT && target.is_script && access(target.path, F_OK) != 0)
        print(stderr, "epipe", "%s: its interpreter %s: %s", argv[0], target.path,
              strerror(error));
    else
        print(stderr, "epipe", "%s: %s", argv[0], strerror(error));
    return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

int main(int argc, char **argv)
{
    int status = EXIT_SUCCESS;

    options = options_read(argc, argv);
    switch (options.mode) {
    case MODE_RUN:
        return run(options.words);
    case MODE_ATTACH:
        return attach_processes(options.words, &options.settings->keep);
    case MODE_DETACH:
        return attach_processes(options.words, NULL);
    case MODE_CHECK:
        choose_shim(&(struct elf){0});
        status = check(options.words);
        break;
    case MODE_HELP:
        fputs(help, stdout);
        break;
    case MODE_LIST:
        status = list_processes(options.detail != NULL);
        break;
    case MODE_SELF_TEST:
        if (options.detail != NULL)
            return self_test_break(options.detail);
        status = self_test();
        break;
    case MODE_SHOW:
        choose_shim(&(struct elf){0});
        if (options.detail == NULL)
            show(&shim, options.given);
        else if (!show_systemd(&shim, options.given, *options.words))
            return EXIT_OWN_FAILURE;
        break;
    case MODE_VERSION:
        puts("epipe (" PACKAGE_NAME ") " PACKAGE_VERSION);
        break;
    }
    return finish_output() ? EXIT_OWN_FAILURE : status;
}
