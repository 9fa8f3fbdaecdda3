/* SPDX-License-Identifier: MIT
 *
 * page.h describes the pages that an attach leaves in its target: code and policy, mapped
 * r-x, and behind them one page of counters, mapped rw-.
 *
 * The blob is built for the target's word size and the tracer for its own, so every
 * member has a fixed size and place.
 */
#ifndef EPIPE_GRAFT_PAGE_H
#define EPIPE_GRAFT_PAGE_H

#include <stdint.h>

#include "lib/core/keep.h"

/* "1epipeg1"; another layout has another one. */
#define GRAFT_MAGIC_NUMBER 0x3167657069706531
#define GRAFT_MAGIC ((uint64_t)GRAFT_MAGIC_NUMBER)

#define GRAFT_HEADER 3072 /* bytes, and behind them the code */

typedef uint64_t __attribute__((aligned(8))) graft_u64;

/* The target's sandbox kills for what the handler asks of descriptors. */
enum { GRAFT_NO_FDSTAT = 1 };

/* The first bytes of the blob.  As built, the first six members are filled in. */
struct graft_page {
    graft_u64 magic;
    uint32_t handler, restorer; /* offsets; restorer 0: the kernel's own is used */
    uint32_t size;              /* of header and code */
    uint32_t data;              /* offset of the counters */
    graft_u64 address;          /* of this page in the target */
    graft_u64 since;            /* when the policy was set: seconds since 1970 */
    int32_t pid; /* the target's in its own namespace; its children have others */
    uint32_t flags;
    graft_u64 action[4];  /* the handler as the target's rt_sigaction takes it */
    graft_u64 none[4];    /* SIG_DFL, likewise; or no time */
    graft_u64 only_child; /* the signal set {SIGCHLD} */
    struct keep keep;
};

_Static_assert(sizeof(struct graft_page) <= GRAFT_HEADER, "the header has no room for it");

struct graft_data {
    graft_u64 old[4]; /* where rt_sigaction puts what it found */
    graft_u64 swallowed, kept, foreign;
};

#endif
