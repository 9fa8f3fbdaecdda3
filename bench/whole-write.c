/* SPDX-License-Identifier: MIT
 *
 * What epipe_write_all costs beside a plain loop of write(2): the system time of 1 GB
 * through a pipe to a reader that is slower than the writer, one after the other in turn.
 *
 *   whole-write [ROUNDS [MEGABYTES]]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "epipe.h"

enum { CHUNK = 65536, MOST = 101 };

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

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
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
    return (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
}

static double transfer(int (*write_it)(int, const char *, size_t), size_t chunks)
{
    int fds[2], status;
    double start;
    pid_t reader;

    if (epipe_pipe(fds, 0) != 0)
        fail("epipe_pipe");
    reader = fork();
    if (reader == 0) {
        close(fds[1]);
        read_slowly(fds[0]);
    }
    close(fds[0]);
    start = system_time();
    for (size_t i = 0; i < chunks; i++)
        if (write_it(fds[1], buffer, sizeof buffer) != 0)
            fail("write");
    start = system_time() - start;
    close(fds[1]);
    if (waitpid(reader, &status, 0) != reader || status != 0)
        fail("reader");
    return start;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static double seconds[2][MOST];
    int rounds = argc > 1 ? atoi(argv[1]) : 9;
    size_t chunks = (argc > 2 ? strtoul(argv[2], NULL, 10) : 1024) * 1048576 / CHUNK;

    if (rounds < 1 || rounds > MOST || chunks == 0) {
        fprintf(stderr, "usage: whole-write [ROUNDS [MEGABYTES]]; 1 to %d rounds\n", MOST);
        return 2;
    }
    for (int i = 0; i < rounds; i++) {
        seconds[0][i] = transfer(plain, chunks);
        seconds[1][i] = transfer(whole, chunks);
    }
    for (int i = 0; i < 2; i++)
        qsort(seconds[i], (size_t)rounds, sizeof **seconds, compare);
    printf("system time of %zu MB in writes of %d bytes, median of %d (least, most):\n",
           chunks * CHUNK / 1048576, CHUNK, rounds);
    printf("  write loop       %.3f s (%.3f, %.3f)\n", seconds[0][rounds / 2],
           seconds[0][0], seconds[0][rounds - 1]);
    printf("  epipe_write_all  %.3f s (%.3f, %.3f)\n", seconds[1][rounds / 2],
           seconds[1][0], seconds[1][rounds - 1]);
    printf("  ratio            %.3f of the medians, %.3f of the least\n",
           seconds[1][rounds / 2] / seconds[0][rounds / 2], seconds[1][0] / seconds[0][0]);
    return 0;
}
