/* SPDX-License-Identifier: MIT
 *
 * generic: see arch.h.  For an architecture without a file: the context is not decoded, and
 * the siginfo and the record of the call decide alone. Untested.
 */
#ifndef EPIPE_ARCH_GENERIC_H
#define EPIPE_ARCH_GENERIC_H

#define ARCH_FRAME_SIZE 512

#endif
