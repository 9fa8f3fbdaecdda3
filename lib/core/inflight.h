/* SPDX-License-Identifier: MIT
 *
 * inflight.c keeps the thread-local record of the write that this thread makes, and of
 * those whose signal is still blocked.
 *
 * A wrapper takes a record before it makes its call and releases it afterwards; a SIGPIPE
 * handler that interrupts the call reads it.  Records nest by value, so that a write in a
 * signal handler that interrupted another write disturbs nothing; one that a longjmp left
 * behind stays, and is believed only where the registers agree.
 *
 * Nothing here is shared between threads; all of it is async-signal-safe.
 */
#ifndef EPIPE_INFLIGHT_H
#define EPIPE_INFLIGHT_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "sigpipe.h"

/* What a wrapper is a wrapper of; one static object each. */
struct inflight_call {
    const char *name;
    /* How far below the wrapper's frame the system call can be made, in bytes.
     * A signal frame is larger than STACK_SYSCALL, so that a write made by a
     * handler on top of the call is not taken for the call itself. */
    unsigned max_stack;
    bool first_is_fd; /* the system call's first argument is the descriptor */
    bool is_send;     /* it fails with EPIPE on sockets alone */
};

enum { STACK_SYSCALL = ARCH_FRAME_SIZE, STACK_STDIO = 32768 };

struct inflight {
    uintptr_t frame; /* an address in the wrapper's; 0: nothing is recorded */
    const void *caller;
    const struct inflight_call *call;
    int fd;
    bool caught; /* the handler has answered this call's SIGPIPE */
};

/* A call that failed with EPIPE while no SIGPIPE was caught: its signal, if there was one,
 * is blocked and may be delivered later. */
struct pending_call {
    struct inflight call;
    uintptr_t outer; /* frame of the recorded call that a handler made it in, or 0 */
    uintptr_t interrupted_sp; /* these three are what they were when the call failed */
    unsigned sent, generation;
};

struct inflight_thread {
    struct inflight now;
    struct pending_call pending[2]; /* the last, and that on another descriptor before it */
    uintptr_t interrupted_sp; /* where the program's own SIGPIPE handler runs: the stack pointer
                               * of what it has interrupted */
};

/* How often this process has sent somebody a SIGPIPE; 0 for nearly every one. */
extern atomic_uint epipe_inflight_sent __attribute__((visibility("hidden")));

/* To be called when the disposition of SIGPIPE has changed.  WAS_CAUGHT: the shim's handler was
 * in place before; IS_CAUGHT: it is now.  While it is not, no call that fails is noted, and each
 * change has what was pending forgotten.  (A vfork child changes what is believed of its parent,
 * too: from then on until the next change the parent may note nothing.) */
void epipe_inflight_disposition_changed(bool was_caught, bool is_caught);

/* To be called when this thread has taken a pending SIGPIPE by itself. */
void epipe_inflight_forget(void);

/* To be called before the process sends SIGPIPE, maybe to itself, in a way that the
 * kernel's siginfo does not tell from a broken write, as kill() does.  From
 * then on epipe_sigpipe_is_from_write() wants evidence. */
static inline void inflight_expect_sent(void)
{
    atomic_fetch_add_explicit(&epipe_inflight_sent, 1, memory_order_relaxed);
}

/* What epipe_sigpipe_is_from_write() wants to know in any thread.  To be added is the thread's
 * record, where that has thread-local storage. */
struct sigpipe_facts epipe_inflight_facts(void);

/* Notes what is pending after a call that failed.  OUTER: see inflight_begin().  Keeps errno. */
void epipe_inflight_failed(const struct inflight *outer);

extern __thread struct inflight_thread epipe_inflight_thread
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* OUTER, on the wrapper's stack, keeps what was recorded before: nothing, unless
 * the wrapper runs in a handler that interrupted another one. */
static inline __attribute__((always_inline)) void
inflight_begin(struct inflight *outer, int fd, const struct inflight_call *call)
{
    outer->frame = epipe_inflight_thread.now.frame;
    if (__builtin_expect(outer->frame != 0, 0))
        *outer = epipe_inflight_thread.now;
    /* The frame first: a handler that comes in between then keeps what is here. */
    epipe_inflight_thread.now.frame = (uintptr_t)outer;
    atomic_signal_fence(memory_order_seq_cst);
    epipe_inflight_thread.now.fd = fd;
    epipe_inflight_thread.now.caught = false;
    epipe_inflight_thread.now.caller = __builtin_return_address(0); /* the wrapper's: inlined */
    epipe_inflight_thread.now.call = call;
    atomic_signal_fence(memory_order_seq_cst);
}

/* RESULT is what the recorded call returned, with its errno still in place. */
static inline __attribute__((always_inline)) void inflight_end(const struct inflight *outer,
                                                               long result)
{
    atomic_signal_fence(memory_order_seq_cst);
    if (__builtin_expect(result < 0, 0))
        epipe_inflight_failed(outer);
    if (__builtin_expect(outer->frame != 0, 0))
        epipe_inflight_thread.now = *outer;
    else
        epipe_inflight_thread.now.frame = 0;
}

#endif
