/* SPDX-License-Identifier: MIT
 *
 * Which slots keep the default action.
 */
#include "keep-model.h"

#include "fd-slots.h"

static bool keeps_none, knows_start, knows_stages;

void keep_model_start(enum mode mode)
{
    keeps_none = mode == MODE_MODEL_KEEP_NONE;
    knows_start = mode != MODE_MODEL_ATTACHED;
    knows_stages = !mode_is_attached_model(mode);
}

/* What stands in one of the first two slots, 1 and 2, is kept in every other slot, too; and
 * the pipelines inside the program are. */
bool keep_model_is(unsigned slot)
{
    const struct fd_slot *o = fd_slot_in(slot);

    if (o == NULL || keeps_none)
        return false;
    if (slot < 2 && o->kind == KIND_READ_END)
        return true;
    return (knows_start && o->kind == KIND_START) || (knows_stages && fd_slot_is_stage(o)) ||
           (fd_slot_is_pipe(o) && (fd_slot_in(0) == o || fd_slot_in(1) == o));
}

/* A pipe's reading end hangs up, too, and raises nothing. */
bool keep_model_is_any_broken(void)
{
    for (unsigned slot = 0; slot < 2; slot++)
        if (keep_model_is(slot) && fd_slot_in(slot)->kind != KIND_READ_END &&
            fd_slot_look(slot) & (POLLERR | POLLHUP))
            return true;
    return false;
}
