/* SPDX-License-Identifier: MIT */
#include "attach.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit-status.h"
#include "graft/attach.h"
#include "message.h"

const struct keep_rule *attach_keep_rule(const char *const given[SETTINGS_KEYS])
{
    static struct settings settings;
    const char *keep = given[KEY_KEEP];
    struct setting_error error;

    settings = settings_default;
    if (keep == NULL)
        keep = getenv(setting_names[KEY_KEEP].variable);
    if (keep != NULL)
        settings_set(&settings, KEY_KEEP, keep, &error);
    return &settings.keep;
}

static int attach_process(const char *word, const struct keep_rule *rule)
{
    struct attach_report report;
    enum graft_result result;
    char subject[80];
    long pid = strtol(word, NULL, 10); /* LONG_MAX for what is larger */

    if (pid <= 0 || pid > INT_MAX) {
        print(stderr, "epipe", "%s: %s", word, strerror(ESRCH));
        return EXIT_OWN_FAILURE;
    }
    result = attach((pid_t)pid, rule, &report);
    if (report.name[0] != '\0')
        snprintf(subject, sizeof subject, "%ld (%s)", pid, report.name);
    else
        snprintf(subject, sizeof subject, "%ld", pid);
    if (result != GRAFT_DONE)
        print(stderr, "epipe", "%s: %s", subject, report.why);
    return (int)result;
}

int attach_processes(char *const words[], bool detach, const char *const given[SETTINGS_KEYS])
{
    int worst = 0;

    for (char *const *word = words; *word != NULL; word++)
        if (**word == '\0' || (*word)[strspn(*word, "0123456789")] != '\0') {
            print(stderr, "epipe", "'%s' is no process number", *word);
            return EXIT_OWN_FAILURE;
        }
    for (; *words != NULL; words++) {
        int status = attach_process(*words, detach ? NULL : attach_keep_rule(given));

        worst = status > worst ? status : worst;
    }
    return worst;
}
