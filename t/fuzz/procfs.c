/* SPDX-License-Identifier: MIT
 *
 * What an attach reads of its target: lines of /proc/PID/maps, /proc/PID/status and
 * /proc/PID/task/TID/syscall, the head of an image in its memory, and seccomp filters.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "graft/choose.h"
#include "graft/maps.h"
#include "graft/proc-status.h"
#include "graft/seccomp-bpf.h"

static void require(bool what)
{
    if (!what)
        abort();
}

static void read_text(const char *text, size_t size)
{
    struct proc_status status;
    struct mapping mapping;
    uint64_t args[6];
    FILE *file = fmemopen((void *)text, size + 1, "r");
    long number;

    require(file != NULL);
    memset(&status, 'x', sizeof status);
    proc_status_parse(file, &status);
    fclose(file);
    require(memchr(status.name, '\0', sizeof status.name) != NULL);
    if (choose_parse(text, &number, args))
        require(number >= 0);
    if (maps_parse_line(text, &mapping)) {
        require(mapping.start < mapping.end);
        require(memchr(mapping.permissions, '\0', sizeof mapping.permissions) != NULL);
        require(*mapping.name == '\0' || (mapping.name > text && mapping.name <= text + size));
    }
}

static void run_filter(const uint8_t *data, size_t size)
{
    static const struct seccomp_data call = {.nr = 13, .args = {13, 1, 2, 3, 4, 5}};
    struct sock_filter program[BPF_MAXINSNS];
    size_t count = size / sizeof *program;

    if (count > BPF_MAXINSNS)
        count = BPF_MAXINSNS;
    memcpy(program, data, count * sizeof *program);
    seccomp_bpf_run(program, count, &call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1); /* its end is where the allocation ends */

    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    read_text(text, size);
    maps_image_end(data, size, 0, false);
    maps_image_end(data, size, 4096, true);
    run_filter(data, size);
    free(text);
    return 0;
}
