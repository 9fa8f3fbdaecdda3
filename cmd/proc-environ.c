/* SPDX-License-Identifier: MIT */
#include "proc-environ.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "graft/proc-status.h"
#include "message.h"
#include "preload/settings.h"

void environ_complain(void)
{
    static const char prefix[] = "EPIPE_";

    for (char **variable = environ; *variable != NULL; variable++)
        if (strncmp(*variable, prefix, strlen(prefix)) == 0 &&
            settings_key_of(*variable) == SETTINGS_KEYS)
            print(stderr, "epipe", "%.*s is no setting of epipe's, see epipe(1)",
                  (int)strcspn(*variable, "="), *variable);
}

void environ_print(pid_t pid)
{
    /* A process decides by itself where its own begins and ends, and may have it hold a
     * terabyte.  No setting that the shim takes is longer than the latter. */
    enum { READ = 256 << 10, LONGEST = 1100 };
    char *text = malloc(READ + 2); /* a byte too many, and one for the NUL */
    const char *settings[SETTINGS_KEYS + 1] = {NULL}; /* the last: no setting */
    char *entry = text;
    bool has_none = true;
    ssize_t length = text != NULL ? proc_read_file(pid, 0, "environ", text, READ + 2) : -1;
    int error = errno;

    for (char *end; length > 0 && entry < text + length; entry = end + 1) {
        enum setting_key key;

        /* The shim blanks the first byte of what it takes out of its environment. */
        if (text + length - entry > 5 && memcmp(entry, "\0PIPE_", 6) == 0)
            *entry = 'E';
        end = memchr(entry, '\0', (size_t)(text + length - entry));
        if (end == NULL)
            break;
        key = settings_key_of(entry);
        if (settings[key] == NULL) /* of two, getenv() has the first as well */
            settings[key] = entry;
    }
    for (unsigned key = 0; key < SETTINGS_KEYS; key++) {
        if (settings[key] == NULL)
            continue;
        print(stdout, "started with", "%.*s%s", LONGEST, settings[key],
              strlen(settings[key]) > LONGEST ? "..." : "");
        has_none = false;
    }
    free(text);
    if (length < 0)
        print(stdout, "started with", "an environment that cannot be read: %s",
              strerror(error));
    else if (length > READ)
        print(stdout, "started with", "an environment that is too large to be read to its end");
    else if (has_none)
        print(stdout, "started with", "no setting");
}
