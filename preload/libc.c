/* SPDX-License-Identifier: MIT */
#include "libc.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

#if !defined __GLIBC__ && __SIZEOF_LONG__ == 4
/* musl's header means __dlsym_time64 by it, which knows sigtimedwait as the caller does.
 * In a child that is a program for glibc there is dlsym alone. */
extern __typeof__(dlsym) dlsym __attribute__((weak));
extern __typeof__(dlsym) plain_dlsym __asm__("dlsym");
#define dlsym(object, name) (dlsym != NULL ? dlsym : plain_dlsym)(object, name)
#endif

struct libc libc_table;

void libc_resolve(void)
{
    struct libc found;
    void *symbol;

#define LIBC_LOOK_UP(name)                                                                \
    symbol = dlsym(RTLD_NEXT, #name);                                                     \
    memcpy(&found.name##_, &symbol, sizeof symbol);
    LIBC_FUNCTIONS(LIBC_LOOK_UP)
#undef LIBC_LOOK_UP
    /* `write` last: it tells that the others are there. */
    memcpy((char *)&libc_table + sizeof found.write_, (char *)&found + sizeof found.write_,
           sizeof found - sizeof found.write_);
    atomic_thread_fence(memory_order_release);
    libc_table.write_ = found.write_;
}
