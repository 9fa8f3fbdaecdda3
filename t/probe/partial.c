/* SPDX-License-Identifier: MIT
 *
 * partial HOW KIND: a call that returns a positive, short result and raises
 * SIGPIPE all the same, because the reader takes a part and leaves.  HOW is
 * write, writev, fwrite, syscall, sendmmsg or sendfile, KIND pipe, unix or tcp.
 */
#include <pthread.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "broken-fd.h"

enum { SIZE = 1 << 22, TAKEN = 65536 };

static char data[SIZE];

/* Takes TAKEN bytes and leaves. */
static void *reader(void *argument)
{
    int fd = *(int *)argument;
    size_t taken = 0;

    while (taken < TAKEN) {
        static char buffer[TAKEN];
        ssize_t n = read(fd, buffer, sizeof buffer - taken);

        need(n > 0, "read");
        taken += (size_t)n;
    }
    shutdown(fd, SHUT_WR); /* so that the reset that follows means EPIPE */
    close(fd);
    return NULL;
}

static int file_of_data(void)
{
    int fd = scratch_file();

    need(fd >= 0 && write(fd, data, SIZE) == SIZE && lseek(fd, 0, SEEK_SET) == 0, "file");
    return fd;
}

/* The peer has closed; the first message is sent all the same and is answered by
 * a reset, which one of the next ones meets. */
static long by_sendmmsg(int fd)
{
    static struct mmsghdr messages[1024];
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};
    struct iovec part = {data, 1};
    int one = 1;

    need(poll(&p, 1, 5000) == 1, "poll for end of file");
    need(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0, "TCP_NODELAY");
    for (int i = 0; i < 1024; i++)
        messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
    return sendmmsg(fd, messages, 1024, 0);
}

static void limit_buffers(const int pair[2])
{
    int size = 32768;

    for (int i = 0; i < 2; i++) {
        setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        setsockopt(pair[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
}

static long call(const char *how, int fd)
{
    struct iovec halves[] = {{data, SIZE / 2}, {data + SIZE / 2, SIZE / 2}};

    if (strcmp(how, "write") == 0)
        return write(fd, data, SIZE);
    if (strcmp(how, "writev") == 0)
        return writev(fd, halves, 2);
    if (strcmp(how, "syscall") == 0)
        return syscall(SYS_write, fd, data, SIZE);
    if (strcmp(how, "sendfile") == 0)
        return sendfile(fd, file_of_data(), NULL, SIZE);
    FILE *stream = fdopen(fd, "w");
    need(stream != NULL && setvbuf(stream, NULL, _IONBF, 0) == 0, "fdopen");
    return (long)fwrite(data, 1, SIZE, stream);
}

int main(int argc, char **argv)
{
    int pair[2];
    pthread_t thread;
    long result;

    need(argc == 3, "usage");
    if (strcmp(argv[2], "tcp") == 0)
        tcp_pair(pair);
    else if (strcmp(argv[2], "unix") == 0)
        need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
    else
        need(pipe(pair) == 0, "pipe");
    limit_buffers(pair);
    if (strcmp(argv[1], "sendmmsg") == 0) {
        close(pair[0]);
        result = by_sendmmsg(pair[1]);
    } else {
        need(pthread_create(&thread, NULL, reader, &pair[0]) == 0, "thread");
        result = call(argv[1], pair[1]);
        pthread_join(thread, NULL);
    }
    printf("%s: %s\n", argv[1], result > 0 && result < SIZE ? "short" : errno_name());
    return 0;
}
