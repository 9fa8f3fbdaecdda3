/* SPDX-License-Identifier: MIT
 *
 * number.h reads a number without libc: from glibc 2.38 on, strtoul and sscanf are
 * compiled to symbols that an older glibc does not have.
 */
#ifndef EPIPE_NUMBER_H
#define EPIPE_NUMBER_H

#include <limits.h>

/* The number at *TEXT, in lower-case digits of BASE, which is 10 or 16, and *TEXT behind
 * it; 0 where there is no digit, ULONG_MAX for what is larger.  Async-signal-safe. */
static inline unsigned long number_read(const char **text, unsigned base)
{
    unsigned long number = 0;

    for (;; ++*text) {
        char c = **text;
        unsigned digit = c >= '0' && c <= '9'                 ? (unsigned)(c - '0')
                         : base == 16 && c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                              : base;

        if (digit == base)
            return number;
        number = number > (ULONG_MAX - digit) / base ? ULONG_MAX : number * base + digit;
    }
}

#endif
