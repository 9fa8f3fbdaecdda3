/* SPDX-License-Identifier: MIT
 *
 * What the shim can know of a pending SIGPIPE.
 */
#include "shim-pending.h"

#include "fd-slots.h"
#include "keep-model.h"

static __thread struct {
    int slot;
    bool by_handler, is_noted;
    struct shim_moment moment;
} raised;

static __thread struct {
    bool is_set;
    int slot; /* since there is a pending signal; or -1 */
    unsigned changes;
} failed;

void shim_pending_raised(int slot, struct shim_moment now, bool is_noted, bool by_handler)
{
    raised.slot = slot;
    raised.by_handler = by_handler;
    raised.is_noted = is_noted;
    raised.moment = now;
    failed.slot = -1;
}

void shim_pending_failed(int slot, struct shim_moment now)
{
    failed.is_set = true;
    failed.slot = slot;
    failed.changes = now.changes;
}

void shim_pending_forget(void)
{
    raised.slot = failed.slot = -1;
    failed.is_set = false;
}

/* Which slot is the signal of, as far as the shim can know?  Or -1. */
static int find(struct shim_moment now)
{
    return raised.is_noted && now.changes == raised.moment.changes ? raised.slot : -1;
}

/* Does SLOT hold a descriptor whose broken writes raise a signal, or raise none, as RAISES has
 * it? */
static bool is_now(int slot, bool raises)
{
    const struct fd_slot *o = slot < 0 || slot == SLOTS ? NULL : fd_slot_in((unsigned)slot);

    return o != NULL && fd_slot_is_packets(o) != raises;
}

bool shim_pending_is_guess(struct shim_moment now)
{
    bool has_failed = failed.is_set && now.changes == failed.changes;

    /* The number of a descriptor that was closed has been given to one of the other kind: of
     * the call that raised the signal, or of a later one that raised none. */
    if (is_now(find(now), false) || (has_failed && is_now(failed.slot, true)))
        return true;
    if (now.sent != raised.moment.sent || raised.by_handler)
        return true;
    return find(now) < 0 && (now.sent > 0 || has_failed);
}

bool shim_pending_is_kept(struct shim_moment now)
{
    int slot = find(now);

    if (slot == SLOTS)
        return false;
    return slot < 0 ? keep_model_is_any_broken() : keep_model_is((unsigned)slot);
}
