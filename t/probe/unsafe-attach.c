/* SPDX-License-Identifier: MIT
 *
 * unsafe-attach PID [TIMES|detach]: attaches as epipe --attach does, or detaches, but without the
 * safety rule that GRAFT_WITHOUT names: see graft/control.h.  The status is the last one's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graft/attach.h"

int main(int argc, char **argv)
{
    const struct keep_rule rule = {.stdio = true, .stages = true};
    struct attach_report report;
    enum graft_result result;
    bool detach = argc == 3 && strcmp(argv[2], "detach") == 0;
    int times = argc == 3 ? atoi(argv[2]) : 1;

    if (argc < 2)
        return GRAFT_ERROR;
    do
        result = attach(atoi(argv[1]), detach ? NULL : &rule, &report);
    while (result == GRAFT_DONE && --times > 0);
    if (result != GRAFT_DONE)
        fprintf(stderr, "unsafe-attach: %s\n", report.why);
    return (int)result;
}
