/* SPDX-License-Identifier: MIT */
#include "attached.h"

#include <unistd.h>

#include "maps.h"
#include "page.h"
#include "stub.h"
#include "tracee.h"

bool attached_read(pid_t pid, struct attached *attached)
{
    struct maps maps;
    struct tracee t;
    bool found = false;

    *attached = (struct attached){0};
    if (!tracee_open(&t, pid) || !maps_read(pid, t.mem, STUB_MAX, 0, &maps))
        maps.page_count = 0;
    for (unsigned i = 0; i < maps.page_count; i++) {
        struct graft_page page;
        struct graft_data data;

        if (tracee_read(&t, maps.pages[i], &page, sizeof page) &&
            tracee_read(&t, page.address + page.data, &data, sizeof data) &&
            (time_t)page.since >= attached->since) {
            *attached = (struct attached){(time_t)page.since, data.swallowed, data.kept,
                                          data.foreign, page.keep.rule};
            found = true;
        }
    }
    if (t.mem >= 0)
        close(t.mem);
    return found;
}
