/* SPDX-License-Identifier: MIT
 *
 * unsafe-attach PID: attaches as epipe --attach does, but without the safety rule that
 * GRAFT_WITHOUT names: see graft/control.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include "graft/attach.h"

int main(int argc, char **argv)
{
    const struct keep_rule rule = {.stdio = true, .stages = true};
    struct attach_report report;
    enum graft_result result;

    if (argc != 2)
        return GRAFT_ERROR;
    result = attach(atoi(argv[1]), &rule, &report);
    if (result != GRAFT_DONE)
        fprintf(stderr, "unsafe-attach: %s\n", report.why);
    return (int)result;
}
