/* SPDX-License-Identifier: MIT
 *
 * scope-count outermost|nested|installed: a hundred empty scopes of that kind between
 * two marks, for strace to count the system calls.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <epipe.h>

static void mark(void)
{
    if (write(-1, "mark", 4) >= 0)
        exit(1);
}

int main(int argc, char **argv)
{
    struct epipe_scope outer, scope;
    int nested = argc == 2 && strcmp(argv[1], "nested") == 0;

    if (argc == 2 && strcmp(argv[1], "installed") == 0)
        epipe_install();
    if (nested)
        epipe_scope_enter(&outer);
    mark();
    for (int i = 0; i < 100; i++) {
        epipe_scope_enter(&scope);
        epipe_scope_leave(&scope);
    }
    mark();
    if (nested)
        epipe_scope_leave(&outer);
    return 0;
}
