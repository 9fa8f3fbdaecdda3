/* SPDX-License-Identifier: MIT
 *
 * churn HOW: changes all the time while processes attach to it, until standard input ends,
 * and then says what has come out of it: "ok N" or what was wrong.
 *
 *   rseq     adds to a counter in restartable sequences, in two threads on one processor
 *   timer    reads, each of which a timer interrupts: each must be EINTR
 *   threads  begins and ends threads
 *   forks    begins and ends children, each of which makes a broken write
 *   exec     executes itself, and at each 200th time waits so long that an attach may have the time
 *   signals  waits, and counts the SIGRTMIN that it gets
 *   first    its first thread has ended; another one makes a broken write in the end
 *
 * "ready PID" comes first.  Status 77: not to be had here.
 */
#include <pthread.h>
#include <sys/wait.h>

#include "churn.h"

static void *in_thread(void *pair)
{
    char c = 'x';

    need(write(((int *)pair)[1], &c, 1) == 1 && read(((int *)pair)[0], &c, 1) == 1,
         "pair");
    return pair;
}

static int in_threads(void)
{
    long count = 0;
    int pair[2];

    need(pipe(pair) == 0, "pipe");
    for (; !is_over(); count++) {
        pthread_t threads[3];

        for (int i = 0; i < 3; i++)
            need(pthread_create(&threads[i], NULL, in_thread, pair) == 0,
                 "pthread_create");
        for (int i = 0; i < 3; i++)
            pthread_join(threads[i], NULL);
    }
    printf("ok %ld\n", count);
    return 0;
}

/* Its children die of the write before an attach, and live after it; nothing else. */
static int in_forks(void)
{
    long count = 0, living = 0;
    int fd = broken_fd("pipe");

    for (; !is_over(); count++) {
        pid_t child = fork();
        int status;

        if (child == 0)
            _exit(write(fd, "x", 1) == -1 && errno == EPIPE ? 7 : 1);
        need(waitpid(child, &status, 0) == child, "waitpid");
        if (WIFEXITED(status) && WEXITSTATUS(status) == 7)
            living++;
        else if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGPIPE)
            printf("a child's status is %x\n", (unsigned)status);
    }
    printf("ok %ld\n", living > 0 ? count : -1);
    return 0;
}

static int in_exec(char **argv)
{
    enum { EACH = 200, MILLISECONDS = 20 };
    struct pollfd input = {.fd = 0, .events = POLLIN};
    long times = argv[2] != NULL ? atol(argv[2]) : 0;
    char number[24];

    if (poll(&input, 1, times % EACH == EACH - 1 ? MILLISECONDS : 0) == 1) {
        printf("ok %ld\n", times);
        return 0;
    }
    snprintf(number, sizeof number, "%ld", times + 1);
    execv("/proc/self/exe", (char *[]){argv[0], argv[1], number, NULL});
    return 90;
}

static void *without_first(void *unused)
{
    int fd = broken_fd("pipe");

    while (!is_over())
        poll(NULL, 0, 5);
    printf("ok %d\n", write(fd, "x", 1) == -1 && errno == EPIPE);
    exit(0);
    return unused;
}

static int without_first_thread(void)
{
    pthread_t thread;

    need(pthread_create(&thread, NULL, without_first, NULL) == 0, "pthread_create");
    pthread_exit(NULL);
}

static volatile sig_atomic_t got;

static void count_signal(int signal)
{
    (void)signal;
    got++;
}

static int counting_signals(void)
{
    struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_RESTART};
    char byte;

    sigaction(SIGRTMIN, &action, NULL);
    printf("ready %d\n", getpid());
    fflush(stdout);
    while (read(0, &byte, 1) > 0) {
    }
    printf("got %d\n", (int)got);
    return 0;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    if (strcmp(how, "signals") == 0)
        return counting_signals();
    if (argc == 2) {
        printf("ready %d\n", getpid());
        fflush(stdout);
    }
    if (strcmp(how, "rseq") == 0)
        return churn_sequences();
    if (strcmp(how, "timer") == 0)
        return churn_timers();
    if (strcmp(how, "threads") == 0)
        return in_threads();
    if (strcmp(how, "forks") == 0)
        return in_forks();
    if (strcmp(how, "first") == 0)
        return without_first_thread();
    return strcmp(how, "exec") == 0 ? in_exec(argv) : 90;
}
