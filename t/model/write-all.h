/* SPDX-License-Identifier: MIT
 *
 * Whole writes: the library's, and the loop that they stand for.
 */
#ifndef MODEL_WRITE_ALL_H
#define MODEL_WRITE_ALL_H

#include <sys/uio.h>

#include "write-calls.h"

void write_all_run(struct transfer *t, const struct iovec *iov, int count);

#endif
