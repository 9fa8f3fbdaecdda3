/* SPDX-License-Identifier: MIT */
#include "tls.h"

#include <sys/auxv.h>

struct tls epipe_tls;

void epipe_tls_start(void)
{
    epipe_tls.guard = tls_guard();
    epipe_tls.libc = (uintptr_t)&getauxval;
#if defined __x86_64__ && !defined __ILP32__
    epipe_tls.has_fsgsbase = (getauxval(AT_HWCAP2) & 2) != 0; /* HWCAP2_FSGSBASE */
#endif
}
