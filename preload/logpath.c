/* SPDX-License-Identifier: MIT
 *
 * Can a log be written there?
 */
#include "logpath.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* For a PATH that does not exist. */
static const char *directory_refusal(const char *path)
{
    char *directory = strdup(path);
    const char *why = NULL;
    struct stat st;

    if (directory == NULL)
        return NULL;
    strrchr(directory, '/')[1] = '\0';
    if (stat(directory, &st) != 0 && errno == ENOENT)
        why = "is in a directory that does not exist";
    free(directory);
    return why;
}

const char *logpath_refusal(const char *path)
{
    struct stat st;

    if (path[strlen(path) - 1] == '/')
        return "ends in a slash, as no file does";
    if (lstat(path, &st) != 0) {
        if (errno == ENOTDIR)
            return "has a file in it where a directory should be";
        if (errno == ENAMETOOLONG)
            return "has a name in it that is too long";
        if (errno == ELOOP)
            return "has a loop of symbolic links in it";
        return errno == ENOENT ? directory_refusal(path) : NULL;
    }
    if (S_ISDIR(st.st_mode))
        return "is a directory";
    if (S_ISLNK(st.st_mode))
        return "is a symbolic link, which a log does not follow";
    if (S_ISSOCK(st.st_mode))
        return "is a socket";
    return NULL;
}
