/* SPDX-License-Identifier: MIT
 *
 * The thread-local record of what this thread is writing: a claim.  A wrapper
 * takes one before it makes its call and releases it afterwards; a SIGPIPE
 * handler that interrupts the call reads it.  Claims nest by value, so that a
 * write in a signal handler that interrupted another write disturbs nothing,
 * and a claim that a longjmp left behind is overwritten by the next one.
 *
 * Nothing here is shared between threads; all of it is async-signal-safe.
 */
#ifndef EPIPE_CLAIM_H
#define EPIPE_CLAIM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a wrapper is a wrapper of; one static object each. */
struct claim_call {
    const char *name;
    /* How far below the wrapper's frame the system call can be made, in bytes.
     * A signal frame is larger than CLAIM_PLAIN, so that a write made by a
     * handler on top of the call is not taken for the call itself. */
    unsigned reach;
    bool first_is_fd; /* the system call's first argument is the descriptor */
    bool is_send;     /* it fails with EPIPE on sockets alone */
};

enum { CLAIM_PLAIN = 1024, CLAIM_STDIO = 32768 };

struct claim {
    uintptr_t frame; /* an address in the wrapper's; 0: nothing is claimed */
    const void *caller;
    const struct claim_call *call;
    int fd;
    bool caught; /* the handler has answered this call's SIGPIPE */
};

struct claim_thread {
    struct claim now;
    /* The last call that failed with EPIPE while no SIGPIPE was caught: its
     * signal, if there was one, is blocked and may be delivered later.  With it
     * what epipe_claim_sent was then. */
    struct claim owed;
    unsigned owed_sent;
};

/* How often this process has sent somebody a SIGPIPE; 0 for nearly every one. */
extern atomic_uint epipe_claim_sent __attribute__((visibility("hidden")));

/* Notes what is owed after a call that failed.  Keeps errno. */
void epipe_claim_failed(void);

extern __thread struct claim_thread epipe_claim_thread
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* OUTER, on the wrapper's stack, keeps what was claimed before: nothing, unless
 * the wrapper runs in a handler that interrupted another one. */
static inline __attribute__((always_inline)) void claim_take(struct claim *outer, int fd,
                                                             const struct claim_call *call)
{
    outer->frame = epipe_claim_thread.now.frame;
    if (__builtin_expect(outer->frame != 0, 0))
        *outer = epipe_claim_thread.now;
    /* The frame first: a handler that comes in between then keeps what is here. */
    epipe_claim_thread.now.frame = (uintptr_t)outer;
    atomic_signal_fence(memory_order_seq_cst);
    epipe_claim_thread.now.fd = fd;
    epipe_claim_thread.now.caught = false;
    epipe_claim_thread.now.caller = __builtin_return_address(0); /* the wrapper's: inlined */
    epipe_claim_thread.now.call = call;
    atomic_signal_fence(memory_order_seq_cst);
}

/* RESULT is what the claimed call returned, with its errno still in place. */
static inline __attribute__((always_inline)) void claim_release(const struct claim *outer,
                                                                long result)
{
    atomic_signal_fence(memory_order_seq_cst);
    if (__builtin_expect(result < 0, 0))
        epipe_claim_failed();
    if (__builtin_expect(outer->frame != 0, 0))
        epipe_claim_thread.now = *outer;
    else
        epipe_claim_thread.now.frame = 0;
}

#endif
