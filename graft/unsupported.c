/* SPDX-License-Identifier: MIT
 *
 * unsupported.c stands in for attach.c, attached.c and enter.c on other architectures.
 */
#include <errno.h>

#include "attach.h"
#include "attached.h"
#include "enter.h"

enum graft_result attach(pid_t pid, const struct keep_rule *rule, struct attach_report *report)
{
    (void)pid, (void)rule;
    *report = (struct attach_report){
        .why = "no process of this architecture can be attached to yet"};
    return GRAFT_CANNOT;
}

bool attached_read(pid_t pid, struct attached *attached)
{
    (void)pid, (void)attached;
    return false;
}

pid_t enter_prepare(const struct keep_rule *rule, enter_complain *complain)
{
    (void)rule, (void)complain;
    errno = ENOSYS;
    return -1;
}

void enter_cancel(pid_t helper)
{
    (void)helper;
}
