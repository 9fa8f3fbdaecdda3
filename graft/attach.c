/* SPDX-License-Identifier: MIT */
#include "attach.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach-once.h"
#include "lib/core/deadline.h"

enum { TRIES = 20 };

/* In a process of its own, and with all signals blocked: the pause is short. */
static int attach_apart(pid_t pid, const struct keep_rule *rule, bool is_last,
                        struct attach_report *report)
{
    pid_t child;
    sigset_t all;
    int status;

    signal(SIGCHLD, SIG_DFL); /* ignored, it leaves nothing to wait for */
    child = fork();
    if (child == 0) {
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        _exit((int)attach_once(pid, rule, is_last, report));
    }
    if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status))
        return WEXITSTATUS(status);
    *report = (struct attach_report){.why = "the attach was killed"};
    if (child < 0)
        snprintf(report->why, sizeof report->why, "%s", strerror(errno));
    return GRAFT_ERROR;
}

enum graft_result attach(pid_t pid, const struct keep_rule *rule, struct attach_report *report)
{
    struct attach_report *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int result = GRAFT_AGAIN;

    *report = (struct attach_report){.why = "out of memory"};
    if (shared == MAP_FAILED)
        return GRAFT_ERROR;
    for (int tries = 1; result == GRAFT_AGAIN && tries <= TRIES; tries++) {
        if (tries > 1)
            deadline_pause(10);
        result = attach_apart(pid, rule, tries == TRIES, shared);
    }
    *report = *shared;
    munmap(shared, sizeof *shared);
    return result == GRAFT_AGAIN ? GRAFT_ERROR : (enum graft_result)result;
}
