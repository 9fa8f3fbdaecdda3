/* SPDX-License-Identifier: MIT */
#include "denied.h"

#include <stdio.h>

const char *denied_explain(char *text, size_t size, uid_t owner, uid_t self, const char *level)
{
    int at = owner == self
                 ? snprintf(text, size,
                            "permission denied: it has rights that "
                            "epipe lacks, or is not dumpable")
                 : snprintf(text, size, "permission denied: it is user %u's", owner);

    /* 1: its parents may, and root; 2: root; 3: nobody. */
    if (level[0] > '0' && at > 0 && (size_t)at < size)
        snprintf(text + at, size - (size_t)at, ", and kernel.yama.ptrace_scope is %.8s: %s may",
                 level, level[0] >= '3' ? "nobody" : "root");
    return text;
}
