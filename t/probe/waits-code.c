/* SPDX-License-Identifier: MIT
 *
 * What waits.c does without waiting in a call: code, handlers, several threads.
 */
#include <pthread.h>
#include <sys/time.h>
#include <time.h>

#include "waits.h"

static long count_pseudo_random(void)
{
    uint64_t x = 1, y = 1;
    unsigned long n = 0;

    for (; !is_woken(); n++)
        x = x * 6364136223846793005U + 1;
    while (n-- > 0)
        y = y * 6364136223846793005U + 1;
    return x == y;
}

static long sum_in_floating_point(void)
{
    double first = 0;
    long double long_first = 0;

    while (!is_woken()) {
        double sum = 0;
        long double long_sum = 0;

        for (int i = 1; i < 20000; i++) {
            sum += 1.0 / i;
            long_sum += 1.0L / i;
        }
        if (first == 0) {
            first = sum;
            long_first = long_sum;
        }
        if (sum < first || sum > first || long_sum < long_first || long_sum > long_first)
            return 0;
    }
    return 1;
}

static long read_the_clock(void)
{
    struct timespec last = {0}, now;

    while (!is_woken()) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec < last.tv_sec ||
            (now.tv_sec == last.tv_sec && now.tv_nsec < last.tv_nsec))
            return 0;
        last = now;
    }
    return 1;
}

static void wait_in_handler(int signal)
{
    (void)signal;
    while (!is_woken()) {
    }
    w.hits++;
}

static long in_handler(void)
{
    signal(SIGUSR1, wait_in_handler);
    raise(SIGUSR1);
    return w.hits;
}

static void tick(int signal)
{
    (void)signal;
    w.hits++;
}

/* A timer a thousand times a second; each getppid() has to be right. */
static long among_timers(void)
{
    struct itimerval each = {{0, 1000}, {0, 1000}}, off = {{0, 0}, {0, 0}};
    pid_t parent = getppid();
    long wrong = 0;

    signal(SIGALRM, tick);
    setitimer(ITIMER_REAL, &each, NULL);
    while (!is_woken() || w.hits == 0)
        wrong += getppid() != parent;
    setitimer(ITIMER_REAL, &off, NULL);
    return wrong == 0;
}

static long blocked_write(void)
{
    sigset_t set, old;
    long result;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, &old);
    result = write(broken_fd("unix"), "x", 1);
    while (!is_woken())
        poll(NULL, 0, 10);
    sigprocmask(SIG_SETMASK, &old, NULL);
    return result;
}

static long wait_for_vfork_child(void)
{
    char c;
    pid_t child = vfork();

    if (child == 0) {
        while (read(0, &c, 1) > 0) {
        }
        _exit(0);
    }
    return child > 0;
}

static void *in_thread(void *name) { return (void *)waits_call(name); }

/* Several calls at once; how many of them returned what they do alone. */
static long in_threads(void)
{
    static char names[][16] = {"read", "poll_to", "loop", "fploop", "futex_to", "vdso"};
    static const long results[] = {1, 0, 1, 1, -1, 1};
    pthread_t threads[6];
    long right = 0;

    for (int i = 0; i < 6; i++)
        need(pthread_create(&threads[i], NULL, in_thread, names[i]) == 0,
             "pthread_create");
    for (int i = 0; i < 6; i++) {
        void *result;

        pthread_join(threads[i], &result);
        right += (long)result == results[i];
    }
    w.is_timed = true;
    return right;
}

long waits_code(const char *code)
{
    static const struct {
        const char *name;
        long (*run)(void);
    } codes[] = {{"threads", in_threads},           {"loop", count_pseudo_random},
                 {"fploop", sum_in_floating_point}, {"vdso", read_the_clock},
                 {"timers", among_timers},          {"blocked", blocked_write},
                 {"vfork", wait_for_vfork_child},   {"handler", in_handler}};

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(code, codes[i].name) == 0)
            return codes[i].run();
    return WAITS_UNKNOWN;
}
