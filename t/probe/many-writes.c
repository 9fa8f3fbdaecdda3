/* SPDX-License-Identifier: MIT
 *
 * Broken writes, one or many, for what the shim says about them and counts.
 *
 *   name NAME           one, by a thread that has called itself so
 *   many COUNT          that many; prints the first and the last second of the clock
 *   threads COUNT       the same by eight threads, each COUNT
 *   fork COUNT MORE     COUNT, then MORE in a child, which ends by exit(); vfork: by _exit
 *   _exit COUNT, abort COUNT
 *                       the same, and an end that runs no destructors
 *   until COUNT         up to COUNT, at each of which a byte goes to standard output
 *   stdio COUNT         up to COUNT, by stdio
 *   zero COUNT          the same with a write of no bytes, which succeeds, after each
 *   returns COUNT ROUNDS  COUNT to a FIFO without a reader, and one to one with, ROUNDS times;
 *                       77 where the file system does not note the time of that
 *   nobody COUNT ROUNDS   the same, but the reader never comes
 *   reused COUNT ROUNDS   COUNT on a pipe, which then gives way to another one with its number
 */
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "broken-fd.h"

static void broken_writes(int fd, long count)
{
    for (long i = 0; i < count; i++) {
        errno = 0;
        need(write(fd, "x", 1) == -1 && errno == EPIPE, "a write that says EPIPE");
    }
}

static long long now(void)
{
    struct timespec time = {0};

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

struct job {
    int fd;
    long count;
};

static void *in_thread(void *argument)
{
    struct job *job = argument;

    broken_writes(job->fd, job->count);
    return NULL;
}

static void in_threads(long count)
{
    struct job job = {broken_fd("unix"), count};
    pthread_t threads[8];

    for (int i = 0; i < 8; i++)
        need(pthread_create(&threads[i], NULL, in_thread, &job) == 0, "thread");
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
}

static void in_child(long count, long more, int share_memory)
{
    int fd = broken_fd("unix");
    int status;
    pid_t child;

    broken_writes(fd, count);
    child = share_memory ? vfork() : fork();
    if (child == 0) {
        broken_writes(fd, more);
        if (share_memory)
            _exit(0);
        exit(0);
    }
    need(child > 0 && waitpid(child, &status, 0) == child && status == 0,
         "a child that lives");
}

static void at_each_a_byte(const char *how, long count)
{
    int fd = broken_fd("pipe");

    for (long i = 0; i < count; i++) {
        broken_writes(fd, 1);
        need(write(1, ".", 1) == 1, "standard output");
        if (strcmp(how, "zero") == 0)
            need(write(fd, "", 0) == 0, "a write of nothing");
    }
}

static void by_stdio(long count)
{
    FILE *stream = fdopen(broken_fd("pipe"), "w");

    need(stream != NULL && setvbuf(stream, NULL, _IONBF, 0) == 0, "fdopen");
    for (long i = 0; i < count; i++) {
        need(fputs("x", stream) == EOF, "a write that fails");
        need(write(1, ".", 1) == 1, "standard output");
    }
}

/* A write in another tick of the clock that files' times are taken from, so that it shows. */
static void write_in_later_tick(int fd)
{
    struct timespec first, now;
    struct stat before, after;

    need(clock_gettime(CLOCK_REALTIME_COARSE, &first) == 0 && fstat(fd, &before) == 0,
         "time");
    do
        need(clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0, "clock");
    while (now.tv_sec == first.tv_sec && now.tv_nsec == first.tv_nsec);
    need(write(fd, "x", 1) == 1 && fstat(fd, &after) == 0, "a write");
    if (memcmp(&before.st_mtim, &after.st_mtim, sizeof before.st_mtim) == 0)
        exit(77);
}

static void to_fifo(long count, long rounds, int reader_returns)
{
    char path[] = "/tmp/epipe-repeat-XXXXXX";
    char fifo[sizeof path + 5], again[32], text;
    int reader, writer;

    need(mkdtemp(path) != NULL, "mkdtemp");
    snprintf(fifo, sizeof fifo, "%s/fifo", path);
    need(mkfifo(fifo, 0600) == 0, "mkfifo");
    reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    writer = open(fifo, O_WRONLY | O_CLOEXEC);
    need(reader >= 0 && writer >= 0, "open");
    close(reader);
    need(unlink(fifo) == 0 && rmdir(path) == 0, "unlink");
    snprintf(again, sizeof again, "/proc/self/fd/%d", writer);
    for (long round = 0; round < rounds; round++) {
        broken_writes(writer, count);
        if (!reader_returns)
            continue;
        reader = open(again, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        write_in_later_tick(writer);
        need(read(reader, &text, 1) == 1, "a reader");
        close(reader);
    }
}

static void on_reused_number(long count, long rounds)
{
    int number = broken_fd("pipe");

    for (long round = 0; round < rounds; round++) {
        int other = broken_fd("pipe");

        broken_writes(number, count);
        need(dup3(other, number, O_CLOEXEC) == number, "dup");
        close(other);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    const char *name = argc > 2 ? argv[2] : "";
    long count = strtol(name, NULL, 10);
    long more = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    long long begin = now();

    if (strcmp(what, "name") == 0) {
        prctl(PR_SET_NAME, name);
        broken_writes(broken_fd("unix"), 1);
    } else if (strcmp(what, "many") == 0) {
        broken_writes(broken_fd("unix"), count);
    } else if (strcmp(what, "threads") == 0) {
        in_threads(count);
    } else if (strcmp(what, "fork") == 0 || strcmp(what, "vfork") == 0) {
        in_child(count, more, what[0] == 'v');
    } else if (strcmp(what, "_exit") == 0 || strcmp(what, "abort") == 0) {
        broken_writes(broken_fd("unix"), count);
        if (what[0] == 'a')
            abort();
        _exit(0);
    } else if (strcmp(what, "until") == 0 || strcmp(what, "zero") == 0) {
        at_each_a_byte(what, count);
    } else if (strcmp(what, "stdio") == 0) {
        by_stdio(count);
    } else if (strcmp(what, "returns") == 0 || strcmp(what, "nobody") == 0) {
        to_fifo(count, more, what[0] == 'r');
    } else if (strcmp(what, "reused") == 0) {
        on_reused_number(count, more);
    } else {
        need(0, "usage");
    }
    if (what[0] == 'm' || strcmp(what, "threads") == 0)
        printf("%lld %lld\n", begin, now());
    return 0;
}
