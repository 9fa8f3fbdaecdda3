/* SPDX-License-Identifier: MIT
 *
 * What epipe_write_all costs beside a plain loop of write(2): the system time, in ns, of
 * a call that writes 64 KiB through a pipe to a reader that is slower than the writer.
 *
 *   whole-write SECONDS
 */
#include <errno.h>
#include <math.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <epipe.h>
#include "measure.h"

enum { CHUNK = 65536, CHUNKS = 4096 };

static char buffer[CHUNK];

static int plain(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);

        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

static int whole(int fd, const char *data, size_t size)
{
    return epipe_write_all(fd, data, size, -1, NULL);
}

static _Noreturn void read_slowly(int fd)
{
    volatile unsigned sum = 0;
    ssize_t n;

    while ((n = read(fd, buffer, sizeof buffer)) > 0)
        for (int turn = 0; turn < 2; turn++)
            for (ssize_t i = 0; i < n; i++)
                sum += (unsigned char)buffer[i];
    _exit(n != 0);
}

static double system_time(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_stime.tv_sec * 1e9 + (double)usage.ru_stime.tv_usec * 1e3;
}

static double sample(void *data)
{
    int (*write_it)(int, const char *, size_t) = *(int (**)(int, const char *, size_t))data;
    int fds[2], status;
    double start;
    bool written = true;
    pid_t reader;

    if (epipe_pipe(fds, 0) != 0)
        measure_fail("epipe_pipe");
    reader = fork();
    if (reader == 0) {
        close(fds[1]);
        read_slowly(fds[0]);
    }
    close(fds[0]);
    start = system_time();
    for (unsigned i = 0; i < CHUNKS; i++)
        written &= write_it(fds[1], buffer, sizeof buffer) == 0;
    start = system_time() - start;
    close(fds[1]);
    if (reader < 0 || waitpid(reader, &status, 0) != reader || status != 0)
        measure_fail("reader");
    return written ? start / CHUNKS : NAN;
}

int main(int argc, char **argv)
{
    static int (*ways[])(int, const char *, size_t) = {plain, plain, whole};
    const struct contender list[] = {
        {"whole,pipe,65536", "write-loop", sample, &ways[0]},
        {"whole,pipe,65536", "write-loop-again", sample, &ways[1]},
        {"whole,pipe,65536", "epipe_write_all", sample, &ways[2]},
    };

    measure_in_turn(list, sizeof list / sizeof *list, measure_seconds(argc, argv));
    return 0;
}
