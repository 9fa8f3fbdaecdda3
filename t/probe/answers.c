/* SPDX-License-Identifier: MIT
 *
 * answers MODE: a server that answers each request with a checksum and a sum made in
 * floating point, and a client under whose load it is.
 *
 * MODE: epoll; threads (one for each connection); timer (epoll, and 5000 signals a second).
 * Standard input has the orders: "round" has the client compare some hundred answers from
 * then on, "broken" lets a few connections end before their answer.  "ready PID" is about
 * the server; `wrong` begins a line about what must not be.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "broken-fd.h"

enum { MOST = 3000, ROUND = 300, PATIENCE_SECONDS = 20 };

struct answer {
    uint32_t checksum, sum;
};

static struct {
    atomic_uint compared, wrong;
} * shared;

static struct sockaddr_un here = {.sun_family = AF_UNIX};
static bool is_timed;
static atomic_bool is_over; /* in the client, whose connections the server's end resets */

static struct answer answer(const unsigned char *text, uint32_t size)
{
    struct answer a = {.checksum = 1};
    double sum = 0;

    for (uint32_t i = 0; i < size; i++) {
        a.checksum = a.checksum * 31 + text[i];
        sum += text[i] * 0.5;
    }
    a.sum = (uint32_t)(sum * 2);
    return a;
}

/* All of SIZE bytes.  Only a timer may interrupt. */
static bool read_all(int fd, void *to, size_t size)
{
    for (char *at = to; size > 0;) {
        ssize_t n = read(fd, at, size);

        if (n < 0 && errno == EINTR && is_timed)
            continue;
        if (n < 0 && !atomic_load(&is_over)) {
            printf("wrong: read: %s\n", strerror(errno));
            fflush(stdout);
        }
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool serve(int fd)
{
    unsigned char text[MOST];
    struct answer a;
    uint32_t size;

    if (!read_all(fd, &size, sizeof size) || size > MOST || !read_all(fd, text, size))
        return false;
    a = answer(text, size);
    return write(fd, &a, sizeof a) == sizeof a;
}

static void *serve_all(void *fd)
{
    while (serve((int)(intptr_t)fd)) {
    }
    close((int)(intptr_t)fd);
    return NULL;
}

static void tick(int signal) { (void)signal; }

static void be_server(int listener, const char *mode)
{
    struct itimerval each = {{0, 200}, {0, 200}};
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = listener}};
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    is_timed = strcmp(mode, "timer") == 0;
    if (is_timed) {
        sigaction(SIGALRM, &(struct sigaction){.sa_handler = tick}, NULL);
        setitimer(ITIMER_REAL, &each, NULL);
    }
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int n = epoll_wait(epoll, &event, 1, -1);
        pthread_t thread;

        if (n != 1) {
            if (!is_timed || errno != EINTR)
                printf("EINTR: epoll_wait: %s\n", strerror(errno));
            continue;
        }
        if (event.data.fd != listener) {
            if (!serve(event.data.fd))
                close(event.data.fd);
            continue;
        }
        event.data.fd = accept(listener, NULL, NULL);
        if (event.data.fd < 0)
            continue;
        if (strcmp(mode, "threads") == 0 &&
            pthread_create(&thread, NULL, serve_all, (void *)(intptr_t)event.data.fd) == 0)
            pthread_detach(thread);
        else
            epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
    }
}

static int connect_here(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    need(connect(fd, (struct sockaddr *)&here, sizeof here) == 0, "connect");
    return fd;
}

/* One request and its answer; false if there is none, or a wrong one. */
static bool ask(int fd, unsigned *seed, bool wait_for_it)
{
    unsigned char text[MOST];
    struct answer right, got;
    uint32_t size;

    *seed = *seed * 1103515245 + 12345;
    size = *seed / 65536 % MOST;
    for (uint32_t i = 0; i < size; i++)
        text[i] = (unsigned char)(*seed + i * i);
    right = answer(text, size);
    if (write(fd, &size, sizeof size) != sizeof size || write(fd, text, size) != (ssize_t)size)
        return false;
    return !wait_for_it || (read_all(fd, &got, sizeof got) &&
                            got.checksum == right.checksum && got.sum == right.sum);
}

static void *load(void *number)
{
    unsigned seed = (unsigned)(uintptr_t)number;
    int fd = connect_here();

    while (ask(fd, &seed, true))
        atomic_fetch_add(&shared->compared, 1);
    atomic_fetch_add(&shared->wrong, 1);
    return NULL;
}

static bool wait_for_round(void)
{
    unsigned from = atomic_load(&shared->compared);

    for (int i = 0; i < PATIENCE_SECONDS * 200; i++) {
        if (atomic_load(&shared->wrong) > 0)
            return false;
        if (atomic_load(&shared->compared) - from >= ROUND)
            return true;
        poll(NULL, 0, 5);
    }
    return false;
}

static void break_connections(void)
{
    unsigned seed = 7;

    for (int i = 0; i < 5; i++) {
        int fd = connect_here();

        /* So that the answer's write is broken, whenever it comes. */
        need(shutdown(fd, SHUT_RD) == 0, "shutdown");
        ask(fd, &seed, false);
        close(fd);
    }
    /* The server has come to the last of them once it has answered a new one. */
    if (!ask(connect_here(), &seed, true))
        puts("wrong: no answer after broken connections");
}

int main(int argc, char **argv)
{
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), rounds = 0, status;
    pthread_t thread;
    pid_t server;
    char order[32];

    need(argc == 2, "a mode");
    snprintf(here.sun_path, sizeof here.sun_path, "/tmp/epipe-answers-%d", getpid());
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    need(bind(listener, (struct sockaddr *)&here, sizeof here) == 0 && listen(listener, 9) == 0,
         "listen");
    server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        be_server(listener, argv[1]);
    }
    close(listener);
    signal(SIGPIPE, SIG_IGN);
    for (uintptr_t i = 1; i <= 2; i++)
        need(pthread_create(&thread, NULL, load, (void *)i) == 0, "pthread_create");
    printf("ready %d\n", server);
    fflush(stdout);
    while (fgets(order, sizeof order, stdin) != NULL) {
        if (strcmp(order, "round\n") == 0 && wait_for_round()) {
            printf("round %d done\n", ++rounds);
        } else if (strcmp(order, "broken\n") == 0) {
            break_connections();
            puts("broken");
        } else {
            printf("wrong: %u wrong answers\n", atomic_load(&shared->wrong));
        }
        fflush(stdout);
    }
    unlink(here.sun_path);
    if (waitpid(server, &status, WNOHANG) == server)
        _exit(1);
    /* Before the clients end, which it would see: their answers are not read. */
    atomic_store(&is_over, true);
    kill(server, SIGKILL);
    waitpid(server, &status, 0);
    _exit(0);
}
