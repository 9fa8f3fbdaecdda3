/* SPDX-License-Identifier: MIT
 *
 * symbolize.c tells which function an address lies in.
 */
#ifndef EPIPE_SYMBOLIZE_H
#define EPIPE_SYMBOLIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbol {
    const char *name; /* in the object's string table; LENGTH bytes */
    size_t length;
    uintptr_t offset; /* of the address from the function's beginning */
};

/* Finds the function that the instruction before ADDRESS, a return address or the
 * program counter behind a system call, is in.  Among those that its object exports:
 * a static function has no symbol, and false is the answer.  Async-signal-safe: takes
 * no lock, as dladdr does, and makes no system call.  The object must stay loaded, as one
 * on the caller's own stack does. */
bool symbolize_address(const void *address, struct symbol *symbol);

#endif
