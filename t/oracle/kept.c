/* SPDX-License-Identifier: MIT
 *
 * Which slots keep the classic death.
 */
#include "kept.h"

#include "object.h"

static bool keeps_none;

void kept_start(bool none) { keeps_none = none; }

bool kept_is(unsigned slot)
{
    const struct object *o = slot < 2 && !keeps_none ? object_in(slot) : NULL;

    return o != NULL && (object_is_pipe(o) || o->kind == KIND_READ_END ||
                         (slot == 0 && o->kind == KIND_START));
}

bool kept_is_any_broken(void)
{
    for (unsigned slot = 0; slot < 2; slot++)
        if (kept_is(slot) && object_look(slot) & (POLLERR | POLLHUP))
            return true;
    return false;
}
