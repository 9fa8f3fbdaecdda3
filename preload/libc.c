/* SPDX-License-Identifier: MIT
 *
 * The lookup of libc's own functions.
 */
#include "libc.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

struct next next_table;

void next_resolve(void)
{
    struct next found;
    void *symbol;

#define NEXT_LOOK_UP(name)                                                                \
    symbol = dlsym(RTLD_NEXT, #name);                                                     \
    memcpy(&found.name##_, &symbol, sizeof symbol);
    NEXT_FUNCTIONS(NEXT_LOOK_UP)
#undef NEXT_LOOK_UP
    /* `write` last: it tells that the others are there. */
    memcpy((char *)&next_table + sizeof found.write_, (char *)&found + sizeof found.write_,
           sizeof found - sizeof found.write_);
    atomic_thread_fence(memory_order_release);
    next_table.write_ = found.write_;
}
