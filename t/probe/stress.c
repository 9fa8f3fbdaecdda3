/* SPDX-License-Identifier: MIT
 *
 * stress SECONDS mask|install: eight threads enter and leave scopes and write to dead
 * and living pipes and sockets, while another process sends SIGPIPE by kill(), each
 * after the one before has been seen.  Every one of these must be seen exactly once,
 * none of a write's own, and no thread's mask may be left changed.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "broken-fd.h"
#include <epipe.h>

enum { THREADS = 8 };

static struct {
    atomic_ulong seen; /* by the parent's handler */
    atomic_ulong sent;
    atomic_int stop;
    atomic_int sender;
} * shared;

static atomic_ulong own, scopes;

static void count(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    if (info->si_pid == shared->sender)
        atomic_fetch_add(&shared->seen, 1);
    else
        atomic_fetch_add(&own, 1);
}

static void send_signals(pid_t parent)
{
    while (!shared->stop) {
        unsigned long before = shared->seen;

        need(kill(parent, SIGPIPE) == 0, "kill");
        atomic_fetch_add(&shared->sent, 1);
        for (int i = 0; shared->seen == before && i < 20000; i++)
            poll(NULL, 0, 1);
        need(shared->seen != before, "a signal to be seen within 20 seconds");
    }
    _exit(0);
}

static void *work(void *argument)
{
    const int broken[] = {broken_fd("pipe"), broken_fd("unix"), broken_fd("tcp")};
    struct epipe_scope outer, inner;
    int living[2];
    char byte;

    need(pipe(living) == 0, "pipe");
    for (unsigned round = 0; !shared->stop; round++) {
        sigset_t now;

        need(epipe_scope_enter(&outer) == 0, "enter");
        for (unsigned i = 0; i < 3; i++) {
            need(epipe_scope_enter(&inner) == 0, "enter");
            need(write(broken[(round + i) % 3], "x", 1) == -1 && errno == EPIPE, "EPIPE");
            need(epipe_scope_leave(&inner) >= 0, "leave");
        }
        need(write(living[1], "x", 1) == 1 && read(living[0], &byte, 1) == 1,
             "a living pipe");
        need(epipe_scope_leave(&outer) >= 1, "leave");
        need(epipe_write(broken[round % 3], "x", 1) == -1 && errno == EPIPE, "EPIPE");
        pthread_sigmask(SIG_BLOCK, NULL, &now);
        need(!sigismember(&now, SIGPIPE), "the mask as it was");
        atomic_fetch_add(&scopes, 1);
    }
    return argument;
}

int main(int argc, char **argv)
{
    struct sigaction act = {.sa_flags = SA_SIGINFO | SA_RESTART};
    pthread_t threads[THREADS];
    time_t end;
    pid_t child, parent = getpid();

    need(argc == 3, "usage");
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    need(shared != MAP_FAILED, "mmap");
    act.sa_sigaction = count;
    need(sigaction(SIGPIPE, &act, NULL) == 0, "sigaction");
    if (strcmp(argv[2], "install") == 0)
        need(epipe_install() == 0, "install");
    child = fork(); /* before there are pipes whose other end it would hold */
    if (child == 0) {
        while (shared->sender == 0) /* until the parent knows whom to count */
            poll(NULL, 0, 1);
        send_signals(parent);
    }
    for (int i = 0; i < THREADS; i++)
        need(pthread_create(&threads[i], NULL, work, NULL) == 0, "thread");
    shared->sender = child;
    for (end = time(NULL) + atoi(argv[1]); time(NULL) < end;)
        poll(NULL, 0, 10);
    shared->stop = 1;
    while (waitpid(child, NULL, 0) < 0)
        need(errno == EINTR, "waitpid");
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("seen %s sent, own %lu, scopes %s\n",
           shared->seen == shared->sent ? "==" : "!=", own, scopes > 100 ? "many" : "few");
    fprintf(stderr, "sent %lu, seen %lu, scopes %lu\n", shared->sent, shared->seen, scopes);
    return 0;
}
