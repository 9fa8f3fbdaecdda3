/* SPDX-License-Identifier: MIT
 *
 * stdio-socket: a FILE over a socket that raises no SIGPIPE, without this library: what
 * stdio writes goes through send() with MSG_NOSIGNAL, by fopencookie(3).
 *
 *     stdio-socket [--plain]     to a socket whose other end is gone
 */

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fd_of(void *cookie)
{
    return (int)(intptr_t)cookie;
}

static ssize_t read_socket(void *cookie, char *buffer, size_t size)
{
    return read(fd_of(cookie), buffer, size);
}

/* A cookie's function says 0 for an error, and errno. */
static ssize_t write_socket(void *cookie, const char *buffer, size_t size)
{
    ssize_t n = send(fd_of(cookie), buffer, size, MSG_NOSIGNAL);

    return n < 0 ? 0 : n;
}

static int close_socket(void *cookie)
{
    return close(fd_of(cookie));
}

/* As fdopen(fd, mode), for a socket. */
static FILE *open_socket(int fd, const char *mode)
{
    return fopencookie((void *)(intptr_t)fd, mode,
                       (cookie_io_functions_t){
                           .read = read_socket, .write = write_socket, .close = close_socket});
}

int main(int argc, char **argv)
{
    int ends[2], plain = argc > 1 && strcmp(argv[1], "--plain") == 0;
    FILE *stream;

    if (argc > 1 && !plain)
        return fputs("Usage: stdio-socket [--plain]\n", stderr), 1;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || close(ends[1]) != 0)
        return perror("socketpair"), 1;
    stream = plain ? fdopen(ends[0], "w") : open_socket(ends[0], "w");
    if (stream == NULL)
        return perror("open_socket"), 1;
    fprintf(stream, "request\n");
    if (fflush(stream) == 0)
        puts("fflush: written");
    else
        printf("fflush: %s\n", strerror(errno));
    fclose(stream);
    return 0;
}
