/* SPDX-License-Identifier: MIT */
#include "preload-list.h"

#include <stddef.h>
#include <string.h>

/* Is the path of LENGTH bytes that of the shim, with directories or without? */
static bool is_shim(const char *path, size_t length)
{
    static const char name[] = "libepipe-preload.so";
    size_t tail = sizeof name - 1;

    return length >= tail && memcmp(path + length - tail, name, tail) == 0 &&
           (length == tail || path[length - tail - 1] == '/');
}

bool preload_list_take_out(char *list)
{
    char *to = list;
    bool is_left = true;

    for (const char *from = list; *from != '\0';) {
        size_t length = strcspn(from, ": ");
        size_t step = length + (from[length] != '\0');

        if (length == 0 || !is_shim(from, length)) {
            memmove(to, from, step);
            to += step;
        } else if (to > list) {
            to--;
            step = length;
        } else {
            is_left = from[length] != '\0';
        }
        from += step;
    }
    *to = '\0';
    return is_left;
}
