/* SPDX-License-Identifier: MIT
 *
 * becomes PROGRAM [ARG...]: what setuid programs do that run a helper: takes all of the
 * owner's rights, not only the effective ones, and executes PROGRAM, which the kernel then
 * has no reason to run in secure mode.
 */
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 2 || setgid(getegid()) != 0 || setuid(geteuid()) != 0)
        return 90;
    execvp(argv[1], argv + 1);
    return 91;
}
