/* SPDX-License-Identifier: MIT
 *
 * A preload object that has its process attached to before main(), by the command that
 * SELF_ATTACH names, with EPIPE_KEEP as it is.
 */
#include <stdlib.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static __attribute__((constructor)) void attach(void)
{
    const char *epipe = getenv("SELF_ATTACH");
    int status = -1;
    char pid[16];
    pid_t child;

    unsetenv("LD_PRELOAD");
    if (epipe == NULL)
        return;
    snprintf(pid, sizeof pid, "%d", getpid());
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    child = fork();
    if (child == 0) {
        execl(epipe, epipe, "--attach", pid, (char *)NULL);
        _exit(99);
    }
    if (waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "self-attach: status %d\n", status);
        _exit(98);
    }
}
