/* SPDX-License-Identifier: MIT */
#include "log-path.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *log_path_refusal(const char *path)
{
    char *directory;
    struct stat st;
    bool is_missing;

    if (lstat(path, &st) == 0)
        return S_ISLNK(st.st_mode)    ? "is a symbolic link, which is not followed"
               : S_ISSOCK(st.st_mode) ? "is a socket"
               : S_ISDIR(st.st_mode)  ? "is a directory"
                                      : NULL;
    directory = strndup(path, (size_t)(strrchr(path, '/') + 1 - path));
    is_missing = directory != NULL && stat(directory, &st) != 0 &&
                 (errno == ENOENT || errno == ENOTDIR);
    free(directory);
    return is_missing ? "is in a directory that does not exist" : NULL;
}
