/* SPDX-License-Identifier: MIT
 *
 * A library that writes, for the tests of only=: built as libepipewriter.so and
 * loaded by t/probe/option-only.c, which has the same functions in itself.
 */
#include "writer.h"

long library_writes(const char *how, int fd) { return writes(how, fd); }
