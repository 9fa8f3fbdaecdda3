/* SPDX-License-Identifier: MIT */
#include "execute.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ld-preload.h"
#include "preload/preload-list.h"
#include "proc-environ.h"

static const char preload[] = "LD_PRELOAD=";

/* Is it to be another than that in the environment? */
static bool is_replaced(const char *variable, const char *const *given, bool with_shim)
{
    enum setting_key key = settings_key_of(variable);

    return ((with_shim || given == NULL) &&
            strncmp(variable, preload, sizeof preload - 1) == 0) ||
           (key < SETTINGS_KEYS && (given == NULL || given[key] != NULL));
}

int execute(const char *path, char **argv, const char *const *given,
            const struct shim *shim, const char *sanitizer)
{
    const char *before = getenv("LD_PRELOAD");
    size_t count = 0, room = 1;

    if (shim != NULL)
        room += sizeof preload + ld_preload_room(before, shim, sanitizer);
    else if (given == NULL && before != NULL)
        room += sizeof preload + strlen(before);
    for (unsigned key = 0; given != NULL && key < SETTINGS_KEYS; key++)
        if (given[key] != NULL)
            room += strlen(setting_names[key].variable) + strlen(given[key]) + 2;
    while (environ[count] != NULL)
        count++;

    /* On the stack: a heap would be three system calls, and 132 kB. */
    char *variables[count + SETTINGS_KEYS + 2], text[room];
    char *to = text;

    count = 0;
    for (char **variable = environ; *variable != NULL; variable++)
        if (!is_replaced(*variable, given, shim != NULL))
            variables[count++] = *variable;
    for (unsigned key = 0; given != NULL && key < SETTINGS_KEYS; key++) {
        if (given[key] == NULL)
            continue;
        variables[count++] = to;
        to = stpcpy(stpcpy(stpcpy(to, setting_names[key].variable), "="), given[key]) + 1;
    }
    if (shim != NULL) {
        variables[count++] = to;
        ld_preload_add(stpcpy(to, preload), before, shim, sanitizer);
    } else if (given == NULL && before != NULL) {
        stpcpy(stpcpy(to, preload), before);
        if (preload_list_take_out(to + sizeof preload - 1))
            variables[count++] = to;
    }
    variables[count] = NULL;
    if (strchr(path, '/') != NULL)
        execve(path, argv, variables);
    execvpe(argv[0], argv, variables); /* with the shell, and the rest of PATH */
    return errno;
}
