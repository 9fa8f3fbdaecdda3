/* SPDX-License-Identifier: MIT
 *
 * The settings that a running process was started with.
 */
#include "proc-environ.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "graft/proc-status.h"
#include "preload/settings.h"

/* Which setting ENTRY sets; SETTINGS_KEYS if none. */
static unsigned key_of(const char *entry)
{
    for (unsigned key = 0; key < SETTINGS_KEYS; key++) {
        size_t length = strlen(setting_names[key].variable);

        if (strncmp(entry, setting_names[key].variable, length) == 0 && entry[length] == '=')
            return key;
    }
    return SETTINGS_KEYS;
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
        settings[key_of(entry)] = entry;
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
