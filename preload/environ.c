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
        enum setting_key key = settings_key_of(*entry);
        struct setting_error error;

        if (key == SETTINGS_KEYS || seen[key])
            continue;
        seen[key] = true;
        if (!settings_set(settings, key, strchr(*entry, '=') + 1, &error))
            log_bad_setting(setting_names[key].variable, error.word, error.length, error.why);
    }
}

/* Is anything left of ENTRY? */
static bool stays(char *entry)
{
    static const char preload[] = "LD_PRELOAD=";

    if (strncmp(entry, preload, strlen(preload)) == 0)
        return preload_list_take_out(entry + strlen(preload));
    return settings_key_of(entry) == SETTINGS_KEYS;
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
