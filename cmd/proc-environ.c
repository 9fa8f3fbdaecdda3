/* SPDX-License-Identifier: MIT */
#include "proc-environ.h"

#include <errno.h>
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

int proc_environ_settings(pid_t pid, void (*take)(const char *entry))
{
    enum { ROOM = PROC_ENVIRON_SIZE + 2 }; /* a byte too many, and one for the NUL */
    char *text = malloc(ROOM);
    const char *settings[SETTINGS_KEYS + 1] = {NULL}; /* the last: no setting */
    char *entry = text;
    ssize_t length;
    int count = 0;

    if (text == NULL)
        return -1;
    length = proc_read_file(pid, 0, "environ", text, ROOM);
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
        if (settings[key] != NULL) {
            take(settings[key]);
            count++;
        }
    }
    free(text);
    if (length > PROC_ENVIRON_SIZE)
        errno = EFBIG;
    return length < 0 || length > PROC_ENVIRON_SIZE ? -1 : count;
}
