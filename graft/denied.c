/* SPDX-License-Identifier: MIT */
#include "denied.h"

#include <stdbool.h>
#include <stdio.h>

const char *denied_explain(char *text, size_t size, uid_t owner, uid_t self, const char *level)
{
    bool has_yama = level[0] > '0';
    int at = owner != self ? snprintf(text, size, "permission denied: it is user %u's%s",
                                      owner, has_yama ? ", and " : "")
                           : snprintf(text, size, "permission denied: %s",
                                      has_yama ? ""
                                               : "it has rights that epipe lacks, or is "
                                                 "not dumpable");

    /* 1: its parents may, and root; 2: root; 3: nobody. */
    if (has_yama && at > 0 && (size_t)at < size)
        snprintf(text + at, size - (size_t)at, "kernel.yama.ptrace_scope is %.8s: %s may",
                 level, level[0] >= '3' ? "nobody" : "root");
    return text;
}
