/* SPDX-License-Identifier: MIT
 *
 * idle-process HOW: stands still with SIGPIPE as HOW says, after the line "ready", until its
 * standard input ends.
 *
 *   default, ignore, handle   the disposition
 *   raw-default               the default action, set past libc
 *   block                     blocked, in both of two threads
 *   block-one                 blocked in one of two threads
 *   first-ends                blocked in the second thread; the first one has ended
 *   huge                      its environment is a terabyte that nobody has touched,
 *                             with two settings at the beginning
 *
 * It is 77 where a process may not say where its environment is.
 */
#include <linux/prctl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/core/ksigaction.h"

static pthread_barrier_t both;

static void handler(int number) { (void)number; }

static void set_mask(int how)
{
    sigset_t set;

    sigset_only_sigpipe(&set);
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

/* What /proc/self/stat has from its FIRST field, which is behind the name, on. */
static void read_stat(unsigned long long *fields, int first, int last)
{
    FILE *stat = fopen("/proc/self/stat", "re");
    char text[4096] = "", *at;

    if (stat == NULL || fgets(text, sizeof text, stat) == NULL)
        _exit(91);
    fclose(stat);
    at = strrchr(text, ')');
    for (int i = 2; i < first; i++)
        at = strchr(at + 1, ' ');
    for (int i = first; i <= last; i++)
        fields[i] = strtoull(at, &at, 10);
}

static void have_huge_environment(void)
{
    const size_t size = sizeof(size_t) == 8 ? (size_t)(1ULL << 40) : 1U << 30;
    unsigned long long stat[52];
    struct prctl_mm_map map = {0};
    char *environment = mmap(NULL, size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (environment == MAP_FAILED)
        _exit(77);
    strcpy(environment, "EPIPE_KEEP=7");
    strcpy(environment + 13, "EPIPE_KEEP=none");
    strcpy(environment + 29, "EPIPE_ONLY=x");
    read_stat(stat, 26, 51);
    map.start_code = stat[26];
    map.end_code = stat[27];
    map.start_stack = stat[28];
    map.start_data = stat[45];
    map.end_data = stat[46];
    map.start_brk = stat[47];
    map.brk = (uintptr_t)sbrk(0);
    map.arg_start = stat[48];
    map.arg_end = stat[49];
    map.env_start = (uintptr_t)environment;
    map.env_end = map.env_start + size;
    map.exe_fd = (unsigned)-1;
    if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) != 0)
        _exit(77);
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
        ksigaction_set_default(SIGPIPE, NULL);
    else if (strcmp(how, "block") == 0) {
        with_second(false);
        set_mask(SIG_BLOCK);
    } else if (strcmp(how, "block-one") == 0)
        with_second(false);
    else if (strcmp(how, "first-ends") == 0)
        with_second(true);
    else if (strcmp(how, "huge") == 0)
        have_huge_environment();
    else
        return 90;
    stand();
}
