/* SPDX-License-Identifier: MIT
 *
 * The settings in the environment, and in that which a running process was started with.
 */
#include "proc-environ.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "graft/proc-status.h"
#include "message.h"
#include "preload/settings.h"

unsigned environ_key(const char *entry)
{
    for (unsigned key = 0; key < SETTINGS_KEYS; key++) {
        size_t length = strlen(setting_names[key].variable);

        if (strncmp(entry, setting_names[key].variable, length) == 0 && entry[length] == '=')
            return key;
    }
    return SETTINGS_KEYS;
}

void environ_complain(void)
{
    static const char prefix[] = "EPIPE_";

    for (char **variable = environ; *variable != NULL; variable++)
        if (strncmp(*variable, prefix, strlen(prefix)) == 0 &&
            environ_key(*variable) == SETTINGS_KEYS)
            print(stderr, "epipe", "%.*s is no setting of epipe's, see epipe(1)",
                  (int)strcspn(*variable, "="), *variable);
}

/* Reads up to SIZE bytes of FD; -1 with errno. */
static ssize_t read_all(int fd, char *text, size_t size)
{
    size_t length = 0;

    while (length < size) {
        ssize_t n = read(fd, text + length, size - length);

        if (n < 0)
            return -1;
        if (n == 0)
            break;
        length += (size_t)n;
    }
    return (ssize_t)length;
}

int proc_environ_settings(pid_t pid, void (*take)(const char *entry))
{
    char *text = malloc(PROC_ENVIRON_SIZE + 1);
    const char *settings[SETTINGS_KEYS + 1] = {NULL}; /* the last is what is none */
    const char *entry = text;
    ssize_t length = -1;
    int fd, count = 0;

    if (text == NULL)
        return -1;
    fd = open(proc_path(pid, 0, "environ").text, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        length = read_all(fd, text, PROC_ENVIRON_SIZE + 1);
        close(fd);
    }
    for (const char *end;
         length > 0 && (end = memchr(entry, '\0', (size_t)(text + length - entry))) != NULL;
         entry = end + 1)
        settings[environ_key(entry)] = entry;
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
