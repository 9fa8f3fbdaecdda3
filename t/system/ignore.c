/* SPDX-License-Identifier: MIT
 *
 * A preload object that does what the shim must not: the classic cure, which ends no
 * pipeline.
 */
#include <signal.h>

__attribute__((constructor)) static void ignore(void)
{
    signal(SIGPIPE, SIG_IGN);
}
