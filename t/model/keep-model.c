/* SPDX-License-Identifier: MIT
 *
 * Which slots keep the classic death.
 */
#include "keep-model.h"

#include "fd-slots.h"

static bool keeps_none;

void kept_start(bool none) { keeps_none = none; }

/* What stands in one of the first two slots, 1 and 2, is kept in every other slot, too; and
 * the pipelines inside the program are. */
bool kept_is(unsigned slot)
{
    const struct object *o = object_in(slot);

    if (o == NULL || keeps_none)
        return false;
    if (slot < 2 && o->kind == KIND_READ_END)
        return true;
    return o->kind == KIND_START || object_is_stage(o) ||
           (object_is_pipe(o) && (object_in(0) == o || object_in(1) == o));
}

bool kept_is_any_broken(void)
{
    for (unsigned slot = 0; slot < 2; slot++)
        if (kept_is(slot) && object_look(slot) & (POLLERR | POLLHUP))
            return true;
    return false;
}
