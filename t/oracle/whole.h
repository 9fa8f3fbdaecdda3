/* SPDX-License-Identifier: MIT
 *
 * Whole writes: the library's, and the loop that they stand for.
 */
#ifndef ORACLE_WHOLE_H
#define ORACLE_WHOLE_H

#include <sys/uio.h>

#include "transfer.h"

void whole_run(struct transfer *t, const struct iovec *iov, int count);

#endif
