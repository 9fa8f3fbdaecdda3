/* SPDX-License-Identifier: MIT
 *
 * The lookup of libc's own functions.
 */
#include "next.h"

#include <dlfcn.h>
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
    next_table = found;
}
