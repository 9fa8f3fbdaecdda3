/* SPDX-License-Identifier: MIT */
#include "log-path.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char *log_path_refusal(const char *path)
{
    static char directory[PATH_MAX];
    struct stat st;

    if (lstat(path, &st) == 0)
        return S_ISLNK(st.st_mode)    ? "is a symbolic link, which is not followed"
               : S_ISSOCK(st.st_mode) ? "is a socket"
               : S_ISDIR(st.st_mode)  ? "is a directory"
                                      : NULL;
    snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(path, '/') + 1 - path), path);
    if (stat(directory, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return "is in a directory that does not exist";
    return NULL;
}
