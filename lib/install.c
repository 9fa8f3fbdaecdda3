/* SPDX-License-Identifier: MIT
 *
 * The two that put the handler in place: for scopes without system calls, and for
 * every thread of the process.
 */
#include "epipe.h"
#include "handler.h"
#include "masked.h"

API int epipe_install(void)
{
    return epipe_handler_acquire(&epipe_handler_scopes);
}

API int epipe_uninstall(void)
{
    return epipe_handler_release(&epipe_handler_scopes);
}

API int epipe_process_enter(void)
{
    return epipe_handler_acquire(&epipe_handler_process);
}

API int epipe_process_leave(void)
{
    return epipe_handler_release(&epipe_handler_process);
}
