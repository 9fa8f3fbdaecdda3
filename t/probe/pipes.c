/* SPDX-License-Identifier: MIT
 *
 * pipes TABLE-ROW plain|ours: a read or write on a pipe in that state; plain is the
 * system call, ours is the library's function.
 * pipes SITUATION wrong|right|ours: what the guides to pipes(7) warn of, done as they
 * warn of it, as they say, and as the library does it.
 *
 * Says what came of it.  Whether a call blocks shows in that a timer's signal, for
 * which it is not restarted, is what ends it.
 */
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

#include <epipe.h>
#include "write-mode.h"

static void tell(ssize_t n)
{
    if (n >= 0)
        printf("%zd\n", n);
    else
        puts(errno == EINTR    ? "blocks"
             : errno == EAGAIN ? "EAGAIN"
             : errno == EPIPE  ? "EPIPE"
                               : strerror(errno));
}

static ssize_t put(int fd, const void *data, size_t size)
{
    return is("ours") ? epipe_write(fd, data, size) : write(fd, data, size);
}

static void fill(int fd)
{
    need(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    while (write(fd, chunk, sizeof chunk) > 0) {
    }
    need(fcntl(fd, F_SETFL, 0) == 0, "fcntl");
}

/* STATE is read or write, and then words of: full, alone, non-blocking. */
static void row(const char *state)
{
    bool reads = strncmp(state, "read", 4) == 0;
    int pair[2];

    need(epipe_pipe(pair, 0) == 0, "pipe");
    if (strstr(state, "full"))
        fill(pair[1]);
    if (strstr(state, "alone"))
        close(pair[reads]);
    if (strstr(state, "non-blocking"))
        need(fcntl(pair[!reads], F_SETFL, O_NONBLOCK) == 0, "fcntl");
    interrupt_what_waits();
    tell(reads ? read(pair[0], chunk, 1) : put(pair[1], "x", 1));
}

static pid_t start(const char *const argv[], int in, int out)
{
    pid_t child = fork();

    need(child >= 0, "fork");
    if (child == 0) {
        if (in >= 0)
            dup2(in, 0);
        if (out >= 0)
            dup2(out, 1);
        execvp(argv[0], (char *const *)(void *)argv);
        _exit(127);
    }
    return child;
}

/* Nothing more can come from FD once CHILD is gone, and there is its end or not. */
static void end(int fd)
{
    struct pollfd p = {fd, POLLIN, 0};

    puts(poll(&p, 1, 0) == 1 && read(fd, chunk, 1) == 0 ? "end of file" : "no end of file");
}

static const char *const cat[] = {"cat", NULL};

/* A child that is talked to, whose ends the parent keeps or closes. */
static void childs_ends(void)
{
    struct epipe_channel channel = {.pid = -1, .send = -1, .recv = -1};
    int down[2], up[2];
    siginfo_t info;

    if (is("ours")) {
        need(epipe_channel_open(&channel, (char *[]){(char *)"cat", NULL}, NULL) == 0,
             "open");
    } else {
        need(pipe2(down, O_CLOEXEC) == 0 && pipe2(up, O_CLOEXEC) == 0, "pipe");
        channel.pid = start(cat, down[0], up[1]);
        channel.send = down[1];
        channel.recv = up[0];
        if (is("right")) {
            close(down[0]);
            close(up[1]);
        }
    }
    need(write(channel.send, "x", 1) == 1 && read(channel.recv, chunk, 2) == 1, "echo");
    close(channel.send);
    need(waitid(P_PID, (id_t)channel.pid, &info, WEXITED) == 0, "waitid");
    end(channel.recv);
}

/* A producer whose consumer leaves, while the parent keeps what it read from, or not. */
static void producer(void)
{
    static const char *const yes[] = {"yes", NULL}, *const head[] = {"head", "-c1", NULL};
    int pair[2], null = open("/dev/null", O_RDWR | O_CLOEXEC), status = 0;
    pid_t first, second;

    if (is("ours")) {
        int results[2], n = -1;

        need(dup2(null, 0) == 0 && (n = fcntl(1, F_DUPFD_CLOEXEC, 3)) >= 3 && dup2(null, 1) == 1,
             "dup2");
        need(epipe_pipeline_run((char *const *[]){(char *[]){(char *)"yes", NULL},
                                                  (char *[]){(char *)"true", NULL}},
                                2, results) == 0,
             "pipeline");
        need(dup2(n, 1) == 1, "dup2");
        status = results[0];
    } else {
        need(pipe2(pair, O_CLOEXEC) == 0, "pipe");
        first = start(yes, null, pair[1]);
        second = start(head, pair[0], null);
        if (is("right"))
            close(pair[0]);
        need(waitpid(second, NULL, 0) == second, "waitpid");
        /* With a reader it can but fill the pipe; and then no event is left to come. */
        for (struct pollfd p = {pair[1], POLLOUT, 0}; is("wrong") && poll(&p, 1, 0) == 1;)
            poll(NULL, 0, 1);
        close(pair[1]);
        interrupt_what_waits();
        if (waitpid(first, &status, 0) != first) {
            puts("waits");
            close(pair[0]); /* and at once it is over */
            while (waitpid(first, &status, 0) < 0 && errno == EINTR) {
            }
        }
    }
    printf("signal %d\n", WTERMSIG(status));
}

/* A process in the background that has inherited the reader, or looked after itself. */
static void background(void)
{
    int pair[2], ready[2];
    pid_t child;

    need(pipe(pair) == 0 && pipe(ready) == 0, "pipe");
    child = fork();
    if (child == 0) {
        if (is("right"))
            close(pair[0]);
        dup2(ready[1], 0);
        if (is("ours"))
            epipe_close_from(1);
        need(write(0, "x", 1) == 1, "ready");
        for (;;)
            pause();
    }
    close(pair[0]);
    need(read(ready[0], chunk, 1) == 1, "ready");
    signal(SIGPIPE, SIG_IGN);
    tell(write(pair[1], "x", 1));
    kill(child, SIGKILL);
}

int main(int argc, char **argv)
{
    need(argc == 3, "pipes WHAT HOW");
    how = argv[2];
    if (strncmp(argv[1], "read", 4) == 0 || strncmp(argv[1], "write", 5) == 0)
        row(argv[1]);
    else if (strcmp(argv[1], "ends") == 0)
        childs_ends();
    else if (strcmp(argv[1], "producer") == 0)
        producer();
    else if (strcmp(argv[1], "background") == 0)
        background();
    else
        return 2;
    return 0;
}
