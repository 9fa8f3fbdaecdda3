/* SPDX-License-Identifier: MIT */
#include "parent.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "syscall.h"

enum { LAST_FD = 1023 };

/* Appends NUMBER to the text that ends at END. */
static char *append(char *end, long number)
{
    char digits[20], *first = digits + sizeof digits;

    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (first < digits + sizeof digits)
        *end++ = *first++;
    *end = '\0';
    return end;
}

/* The answer for one descriptor, whose link is at PATH: 1, 0, or a negative error
 * number. */
static long is_writer(const char *path, const struct fdstat *object)
{
    struct fdstat there;
    long error = epipe_fdstat_path(path, true, &there);

    if (error != 0)
        return error;
    /* The permissions of the link are those that the descriptor was opened with. */
    return epipe_fdstat_is_same(&there, object) &&
           epipe_fdstat_path(path, false, &there) == 0 && there.mode & S_IWUSR;
}

bool epipe_parent_can_write(const struct fdstat *object, int fd)
{
    char path[64] = "/proc/", *end = append(path + 6, raw_syscall(SYS_getppid, 0, 0, 0, 0));
    long answer;

    for (const char *folder = "/fd/"; *folder != '\0';)
        *end++ = *folder++;
    append(end, fd); /* most often the number is the same */
    answer = is_writer(path, object);
    for (int other = 0; other <= LAST_FD && (answer == 0 || answer == -ENOENT); other++) {
        append(end, other);
        answer = is_writer(path, object);
    }
    return answer == 1;
}
