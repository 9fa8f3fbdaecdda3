/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <stdio.h>
#include <stdlib.h>

#include "ld-preload.h"

/* In single quotes. */
static void show_variable(const char *name, const char *value)
{
    if (value == NULL)
        return;
    printf("%s='", name);
    for (; *value != '\0'; value++) {
        if (*value == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*value);
    }
    puts("'");
}

void show(const struct shim *shim, const char *const given[SETTINGS_KEYS])
{
    const char *before = getenv("LD_PRELOAD");
    char preload[ld_preload_room(before, shim, "")];

    ld_preload_add(preload, before, shim, "");
    for (unsigned key = 0; key < SETTINGS_KEYS; key++) {
        const char *name = setting_names[key].variable;

        show_variable(name, given[key] != NULL ? given[key] : getenv(name));
    }
    show_variable("LD_PRELOAD", preload);
}
