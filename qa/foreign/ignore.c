/* SPDX-License-Identifier: MIT
 *
 * A preload object that is a bad shim: nobody dies of SIGPIPE, and nobody's children do.
 */
#include <signal.h>

static void __attribute__((constructor)) ignore(void)
{
    signal(SIGPIPE, SIG_IGN);
}
