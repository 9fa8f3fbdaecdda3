/* SPDX-License-Identifier: MIT
 *
 * fetch: a small HTTP client that is used in pipelines, too.  One call at the top of main()
 * has both: `fetch URL | head` ends by SIGPIPE as any producer does, and a server that
 * hangs up is an error message.
 *
 *     fetch [--plain] [--post] http://HOST[:PORT]/PATH
 */

#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <epipe.h>

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "fetch: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Splits http://HOST[:PORT]/PATH, which it changes. */
static bool split(char *url, char **host, const char **port, const char **path)
{
    char *slash, *colon;

    if (strncmp(url, "http://", 7) != 0 || (slash = strchr(url + 7, '/')) == NULL)
        return false;
    *host = url + 7;
    *path = slash + 1;
    *slash = '\0';
    colon = strrchr(*host, ':');
    *port = colon != NULL ? colon + 1 : "80";
    if (colon != NULL)
        *colon = '\0';
    return **host != '\0';
}

static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    int error = getaddrinfo(host, port, &hints, &list), fd = -1;

    if (error != 0) {
        fprintf(stderr, "fetch: %s: %s\n", host, gai_strerror(error));
        exit(EXIT_FAILURE);
    }
    for (struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            error = errno;
            close(fd);
            fd = -1;
            errno = error;
        }
    }
    freeaddrinfo(list);
    if (fd < 0)
        fail(host);
    return fd;
}

/* All of TEXT, by plain write(): what a third-party library would do. */
static void put(int fd, const char *text, size_t length, const char *what)
{
    while (length > 0) {
        ssize_t n = write(fd, text, length);

        if (n < 0)
            fail(what);
        text += n;
        length -= (size_t)n;
    }
}

/* What comes from standard input is sent in chunks as it comes. */
static void upload(int server, const char *host)
{
    char buffer[4096], head[16];
    ssize_t n;

    while ((n = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
        put(server, head, (size_t)snprintf(head, sizeof head, "%zx\r\n", (size_t)n), host);
        put(server, buffer, (size_t)n, host);
        put(server, "\r\n", 2, host);
    }
    put(server, "0\r\n\r\n", 5, host);
}

/* The answer without its header goes to standard output. */
static void download(FILE *answer, const char *host)
{
    char buffer[4096];
    size_t n;

    while (fgets(buffer, sizeof buffer, answer) != NULL && strcmp(buffer, "\r\n") != 0)
        continue;
    while ((n = fread(buffer, 1, sizeof buffer, answer)) > 0)
        put(STDOUT_FILENO, buffer, n, "standard output");
    if (ferror(answer))
        fail(host);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"plain", no_argument, NULL, 'p'},
                                            {"post", no_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    static const char usage[] =
        "Usage: fetch [--plain] [--post] http://HOST[:PORT]/PATH\n";
    bool plain = false, post = false;
    const char *port, *path;
    char *host, request[2048];
    int option, server, length;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return fputs(usage, stdout) == EOF;
        plain = plain || option == 'p';
        post = post || option == 'o';
        if (option == '?')
            return fputs(usage, stderr), EXIT_FAILURE;
    }
    if (optind + 1 != argc || !split(argv[optind], &host, &port, &path))
        return fputs(usage, stderr), EXIT_FAILURE;

    if (!plain && epipe_process_enter(EPIPE_KEEP_STDIO) != 0)
        fail("epipe_process_enter");
    server = connect_to(host, port);
    length = snprintf(request, sizeof request,
                      "%s /%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n",
                      post ? "POST" : "GET", path, host,
                      post ? "Transfer-Encoding: chunked\r\n" : "");
    if (length >= (int)sizeof request)
        return fputs("fetch: the URL is too long\n", stderr), EXIT_FAILURE;
    put(server, request, (size_t)length, host);
    if (post)
        upload(server, host);
    download(fdopen(server, "r"), host);
    return EXIT_SUCCESS;
}
