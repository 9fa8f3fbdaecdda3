/* SPDX-License-Identifier: MIT */
#include "environ.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "preload/log/log.h"
#include "preload-list.h"

/* The part behind the `=` of ENTRY if that sets VARIABLE, or NULL. */
static char *value_of(char *entry, const char *variable)
{
    size_t length = strlen(variable);

    return strncmp(entry, variable, length) == 0 && entry[length] == '=' ? entry + length + 1
                                                                         : NULL;
}

void environ_read_settings(struct settings *settings)
{
    bool seen[SETTINGS_KEYS] = {false}; /* of two, getenv() has the first as well */

    if (getauxval(AT_SECURE) != 0) {
        /* Whoever set them may have fewer rights than what this process executes. */
        settings->clean_children = true;
        return;
    }
    if (environ == NULL)
        return;
    for (char **entry = environ; *entry != NULL; entry++) {
        for (unsigned key = 0; key < SETTINGS_KEYS; key++) {
            const char *variable = setting_names[key].variable;
            const char *value = value_of(*entry, variable);
            struct setting_error error;

            if (value == NULL || seen[key])
                continue;
            seen[key] = true;
            if (!settings_set(settings, (enum setting_key)key, value, &error))
                log_bad_setting(variable, error.word, error.length, error.why);
        }
    }
}

/* Is anything left of ENTRY? */
static bool stays(char *entry)
{
    char *list = value_of(entry, "LD_PRELOAD");

    for (unsigned key = 0; key < SETTINGS_KEYS; key++)
        if (value_of(entry, setting_names[key].variable) != NULL)
            return false;
    return list == NULL || preload_list_take_out(list);
}

void environ_clean(void)
{
    size_t count = 0;
    char **clean, **to;

    while (environ != NULL && environ[count] != NULL)
        count++;
    if (count == 0)
        return;
    /* The array that exec made stays as long as it is, for some runtimes find the
     * auxiliary vector behind it; what they read in it is blanked.  Without memory for
     * another one, children get the blanks. */
    clean = calloc(count + 1, sizeof *clean);
    to = clean;
    for (char **from = environ; *from != NULL; from++) {
        if (!stays(*from))
            **from = '\0';
        else if (to != NULL)
            *to++ = *from;
    }
    if (clean != NULL)
        environ = clean;
}
