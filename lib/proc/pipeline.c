/* SPDX-License-Identifier: MIT
 *
 * pipeline.c runs a pipeline to its end, between the caller's own standard streams.
 */
#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "epipe.h"
#include "lib/api.h"
#include "lib/with-nocancel.h"
#include "stages.h"

static int run(const struct stages *stages, int *results)
{
    if (results == NULL || !epipe_stages_are_runnable(stages)) {
        errno = EINVAL;
        return -1;
    }
    if (epipe_stages_start(stages, results, NULL) != 0)
        return -1;
    return epipe_stages_wait(results, stages->count, 0, false);
}

API int epipe_pipeline_run(char *const *const *argvs, size_t count, int *results)
{
    const struct stages stages = {
        .argvs = argvs, .count = count, .layout = &epipe_stages_stdio, .envp = environ};
    int result;

    WITH_CANCEL_DISABLED(result, run(&stages, results));
    return result;
}
