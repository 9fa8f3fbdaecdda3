/* SPDX-License-Identifier: MIT
 *
 * waits CALL: makes one call that waits until standard input ends, or a time that it was
 * given, says what the call returned, and then makes broken writes.
 *
 * "ready PID" comes before the call; the call's line says `early` where a timeout came
 * before its time.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "waits.h"

struct waits w = {.directory = "/tmp/epipe-waits-XXXXXX"};

static void nothing(int signal)
{
    (void)signal;
    w.hits++;
}

static struct sockaddr_un address(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof address.sun_path, "%s/s", w.directory);
    return address;
}

static void listen_on(int backlog)
{
    struct sockaddr_un here = address();

    w.fd = socket(AF_UNIX, SOCK_STREAM, 0);
    need(bind(w.fd, (struct sockaddr *)&here, sizeof here) == 0, "bind");
    need(listen(w.fd, backlog) == 0, "listen");
}

static int connect_to(void)
{
    struct sockaddr_un there = address();
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    return connect(fd, (struct sockaddr *)&there, sizeof there) == 0 ? fd : -1;
}

static void set_socket_timeout(int fd)
{
    struct timeval time = {.tv_sec = 300};

    need(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0, "SO_RCVTIMEO");
}

static bool needs_files(const char *call)
{
    return strstr("accept accept_to connect inotify fifo flock setlkw", call) != NULL;
}

/* What the call needs, before the other process is made. */
static void prepare(const char *call)
{
    struct sigaction action = {.sa_handler = nothing,
                               .sa_flags = strstr(call, "_sig") != NULL ? 0 : SA_RESTART};

    need(!needs_files(call) || mkdtemp(w.directory) != NULL, "mkdtemp");
    need(pipe(w.pipe) == 0, "pipe");
    need(socketpair(AF_UNIX, SOCK_STREAM, 0, w.pair) == 0, "socketpair");
    w.shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    need(w.shared != MAP_FAILED, "mmap");
    sigaction(SIGUSR1, &action, NULL);
    snprintf(w.path, sizeof w.path, "%s/f", w.directory);
    if (strstr(call, "accept") != NULL)
        listen_on(5);
    if (strcmp(call, "connect") == 0) {
        listen_on(0);
        need(connect_to() >= 0, "connect");
    }
    if (strncmp(call, "recv_", 5) == 0)
        set_socket_timeout(w.pair[0]);
    if (strcmp(call, "accept_to") == 0)
        set_socket_timeout(w.fd);
    if (strcmp(call, "linger") == 0)
        waits_make_lingering();
    if (strncmp(call, "sem", 3) == 0)
        w.fd = semget(IPC_PRIVATE, 1, 0600);
    if (strcmp(call, "msgrcv") == 0)
        w.fd = msgget(IPC_PRIVATE, 0600);
    if (strcmp(call, "eventfd") == 0)
        w.fd = (int)syscall(SYS_eventfd2, 0, 0);
    if (strcmp(call, "inotify") == 0) {
        w.fd = inotify_init1(0);
        inotify_add_watch(w.fd, w.directory, IN_CREATE);
    }
    if (strcmp(call, "timerfd") == 0) {
        struct itimerspec time = {.it_value = {.tv_sec = WAITS_SECONDS}};

        w.fd = timerfd_create(CLOCK_MONOTONIC, 0);
        timerfd_settime(w.fd, 0, &time, NULL);
    }
    if (strcmp(call, "fifo") == 0)
        need(mkfifo(w.path, 0600) == 0, "mkfifo");
    if (strcmp(call, "flock") == 0 || strcmp(call, "setlkw") == 0)
        w.fd = open(w.path, O_RDWR | O_CREAT, 0600);
}

/* The other process's part, when standard input has ended. */
static void wake(const char *call, pid_t waiter)
{
    struct sembuf up = {0, 1, 0};
    uint64_t one = 1;

    atomic_store(&w.shared->is_there, 2);
    if (strstr(call, "accept") != NULL)
        connect_to();
    else if (strcmp(call, "connect") == 0)
        accept(w.fd, NULL, NULL);
    else if (strncmp(call, "recv", 4) == 0 || strcmp(call, "waitall") == 0)
        send(w.pair[1], "12345678", 8, 0);
    else if (strcmp(call, "semop") == 0)
        semop(w.fd, &up, 1);
    else if (strcmp(call, "msgrcv") == 0)
        msgsnd(w.fd, &(struct {
                   long type;
                   char text[4];
               }){1, "abc"},
               4, 0);
    else if (strcmp(call, "pause") == 0 || strcmp(call, "sigsuspend") == 0 ||
             strstr(call, "_sig") != NULL)
        kill(waiter, SIGUSR1);
    else if (strcmp(call, "eventfd") == 0)
        need(write(w.fd, &one, sizeof one) == sizeof one, "eventfd");
    else if (strcmp(call, "inotify") == 0)
        close(open(w.path, O_CREAT | O_WRONLY, 0600));
    else if (strcmp(call, "fifo") == 0)
        close(open(w.path, O_WRONLY));
    else if (strncmp(call, "pipewrite", 9) == 0)
        while (read(w.pipe[0], w.buffer, sizeof w.buffer) > 0) {
        }
    else if (strcmp(call, "sockwrite") == 0 || strcmp(call, "linger") == 0)
        while (read(w.pair[1], w.buffer, sizeof w.buffer) > 0) {
        }
    else
        need(write(w.pipe[1], "x", 1) == 1, "pipe");
    atomic_store(&w.shared->woken, 1);
    syscall(SYS_futex_wait, &w.shared->woken, 1 /* FUTEX_WAKE */, 9, NULL, NULL, 0);
}

static void be_other(const char *call, pid_t waiter)
{
    struct flock lock = {.l_type = F_WRLCK};
    char c;

    if (strcmp(call, "flock") == 0)
        need(flock(open(w.path, O_RDWR), LOCK_EX) == 0, "flock");
    if (strcmp(call, "setlkw") == 0)
        need(fcntl(w.fd, F_SETLK, &lock) == 0, "F_SETLK");
    if (strncmp(call, "pipewrite", 9) == 0)
        close(w.pipe[1]);
    if (strcmp(call, "sockwrite") == 0 || strcmp(call, "linger") == 0)
        close(w.pair[0]);
    atomic_store(&w.shared->is_there, 1);
    while (read(0, &c, 1) > 0) {
    }
    wake(call, waiter);
    /* What it waited for must not end by this process's end, but for what does. */
    while (strcmp(call, "flock") != 0 && strcmp(call, "setlkw") != 0 &&
           strcmp(call, "wait4") != 0 && getppid() == waiter)
        poll(NULL, 0, 20);
    _exit(7);
}

/* An attach that had to wait for the call comes behind it. */
static void await_handler(void)
{
    struct sigaction now = {.sa_handler = SIG_DFL};

    for (int i = 0; i < 2000 && now.sa_handler == SIG_DFL; i++) {
        sigaction(SIGPIPE, NULL, &now);
        poll(NULL, 0, 5);
    }
}

static void broken_writes(void)
{
    FILE *stream = fdopen(broken_fd("pipe"), "w");

    say("write", write(broken_fd("pipe"), "x", 1));
    say("send", send(broken_fd("unix"), "x", 1, 0));
    fputs("x", stream);
    say("fflush", fflush(stream));
    puts("alive");
}

int main(int argc, char **argv)
{
    const char *call = argv[argc - 1];
    pid_t self = getpid();
    struct timespec start, end;
    double took;
    long result;
    int error;

    need(argc == 2, "one call");
    prepare(call);
    w.other = strcmp(call, "vfork") == 0 ? 0 : fork();
    if (w.other == 0 && strcmp(call, "vfork") != 0)
        be_other(call, self);
    while (w.other != 0 && !atomic_load(&w.shared->is_there))
        poll(NULL, 0, 1);
    printf("ready %d\n", self);
    fflush(stdout);
    clock_gettime(CLOCK_MONOTONIC, &start);
    result = waits_call(call);
    error = errno;
    clock_gettime(CLOCK_MONOTONIC, &end);
    took = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    errno = error;
    printf("%s: %ld %s%s\n", call, result, result < 0 ? strerror(error) : "ok",
           w.is_timed && took < WAITS_SECONDS ? " early" : "");
    fflush(stdout);
    if (strncmp(call, "sem", 3) == 0)
        semctl(w.fd, 0, IPC_RMID);
    if (strcmp(call, "msgrcv") == 0)
        msgctl(w.fd, IPC_RMID, NULL);
    if (strstr(call, "write") != NULL || strcmp(call, "waitall") == 0 ||
        strcmp(call, "vfork") == 0 || strcmp(call, "linger") == 0)
        await_handler();
    if (needs_files(call)) {
        unlink(w.path);
        unlink(address().sun_path);
        rmdir(w.directory);
    }
    broken_writes();
    return 0;
}
