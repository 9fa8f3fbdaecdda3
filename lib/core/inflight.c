/* SPDX-License-Identifier: MIT */
#include "inflight.h"

#include <errno.h>

#include "wipeonfork.h"

__thread struct inflight_thread epipe_inflight_thread;

atomic_uint epipe_inflight_sent;

static atomic_bool is_caught; /* the shim's handler is in place */
static atomic_uint newest_generation;

/* A number that no other generation of this process or of its parents has. */
static void begin_generation(void)
{
    unsigned newest = atomic_fetch_add_explicit(&newest_generation, 1, memory_order_relaxed);

    atomic_store_explicit(&epipe_wipeonfork->generation, newest + 1, memory_order_relaxed);
}

void epipe_inflight_disposition_changed(bool was, bool is)
{
    if (was == is && atomic_load_explicit(&is_caught, memory_order_relaxed) == is)
        return;
    begin_generation();
    atomic_store_explicit(&is_caught, is, memory_order_relaxed);
}

void epipe_inflight_failed(const struct inflight *outer)
{
    struct inflight_thread *thread = &epipe_inflight_thread;

    if (errno != EPIPE || thread->now.caught ||
        !atomic_load_explicit(&is_caught, memory_order_relaxed))
        return;
    /* A forked child does not have its parent's pending signals. */
    if (atomic_load_explicit(&epipe_wipeonfork->generation, memory_order_relaxed) == 0)
        begin_generation();
    if (thread->pending[0].call.frame != 0 && thread->pending[0].call.fd != thread->now.fd)
        thread->pending[1] = thread->pending[0];
    thread->pending[0] = (struct pending_call){
        .call = thread->now,
        .outer = outer->frame,
        .interrupted_sp = thread->interrupted_sp,
        .sent = atomic_load_explicit(&epipe_inflight_sent, memory_order_relaxed),
        .generation = atomic_load_explicit(&epipe_wipeonfork->generation, memory_order_relaxed),
    };
}

void epipe_inflight_forget(void)
{
    epipe_inflight_thread.pending[0].call.frame = 0;
    epipe_inflight_thread.pending[1].call.frame = 0;
}

struct sigpipe_facts epipe_inflight_facts(void)
{
    return (struct sigpipe_facts){
        .pid = epipe_wipeonfork->pid,
        .sent = atomic_load_explicit(&epipe_inflight_sent, memory_order_relaxed),
        .generation = atomic_load_explicit(&epipe_wipeonfork->generation, memory_order_relaxed),
    };
}
