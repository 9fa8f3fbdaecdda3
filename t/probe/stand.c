/* SPDX-License-Identifier: MIT
 *
 * stand HOW: stands still with SIGPIPE as HOW says, after the line "ready", until its
 * standard input ends.
 *
 *   default, ignore, handle   the disposition
 *   raw-default               the default action, set past libc
 *   block                     blocked, in both of two threads
 *   block-one                 blocked in one of two threads
 *   first-ends                blocked in the second thread; the first one has ended
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sigpipe.h"

static pthread_barrier_t both;

static void handler(int number) { (void)number; }

static void set_mask(int how)
{
    sigset_t set;

    sigpipe_only(&set);
    pthread_sigmask(how, &set, NULL);
}

static _Noreturn void stand(void)
{
    char byte;

    puts("ready");
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    _exit(0);
}

/* FIRST is the thread whose end is waited for, or NULL. */
static void *second(void *first)
{
    set_mask(SIG_BLOCK);
    pthread_barrier_wait(&both);
    if (first != NULL) {
        pthread_join(*(pthread_t *)first, NULL);
        stand();
    }
    for (;;)
        pause();
}

static void with_second(bool first_ends)
{
    static pthread_t first; /* outlives its thread */
    pthread_t thread;

    first = pthread_self();
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, second, first_ends ? &first : NULL);
    pthread_barrier_wait(&both);
    if (first_ends)
        pthread_exit(NULL);
}

int main(int argc, char **argv)
{
    const char *how = argc == 2 ? argv[1] : "";

    if (strcmp(how, "default") == 0)
        signal(SIGPIPE, SIG_DFL);
    else if (strcmp(how, "ignore") == 0)
        signal(SIGPIPE, SIG_IGN);
    else if (strcmp(how, "handle") == 0)
        signal(SIGPIPE, handler);
    else if (strcmp(how, "raw-default") == 0)
        sigpipe_set_default(NULL);
    else if (strcmp(how, "block") == 0) {
        with_second(false);
        set_mask(SIG_BLOCK);
    } else if (strcmp(how, "block-one") == 0)
        with_second(false);
    else if (strcmp(how, "first-ends") == 0)
        with_second(true);
    else
        return 90;
    stand();
}
