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

int attach_processes(char *const words[], const struct keep_rule *rule)
{
    int worst = 0;

    for (char *const *word = words; *word != NULL; word++)
        if (**word == '\0' || (*word)[strspn(*word, "0123456789")] != '\0') {
            print(stderr, "epipe", "'%s' is no process number", *word);
            return EXIT_OWN_FAILURE;
        }
    for (; *words != NULL; words++) {
        int status = attach_process(*words, rule);

        worst = status > worst ? status : worst;
    }
    return worst;
}
