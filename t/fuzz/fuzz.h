/* SPDX-License-Identifier: MIT
 *
 * What libFuzzer, or replay.c where there is none, calls with each input.
 */
#ifndef EPIPE_FUZZ_H
#define EPIPE_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Returns 0; ends the process where a promise is not kept. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
