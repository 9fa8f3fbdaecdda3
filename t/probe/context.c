/* SPDX-License-Identifier: MIT
 *
 * context WHERE: broken writes from places where little is allowed.
 *
 *   vfork fork  in a child, and in the parent afterwards
 *   small       in a thread with the smallest stack
 *   altstack    in a thread with the smallest alternate stack
 *   vfork-handler
 *               none: a handler that a vfork child sets is not the parent's
 *   oneshot     in two threads at a time, with a one-shot handler
 *   auxv        none: what lies behind the environment is where exec put it
 *   errno       errno of writes that succeed
 *   quiet       many of them: no descriptor, no thread, no growth of the heap
 */
#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/wait.h>

#include "broken-fd.h"

static void expect_epipe(int fd)
{
    errno = 0;
    need(write(fd, "x", 1) == -1 && errno == EPIPE, "a write that says EPIPE");
}

static int broken_in_child(int fd)
{
    ssize_t n = write(fd, "x", 1);

    return n == -1 && errno == EPIPE ? 0 : 1;
}

static void in_child(int share_memory)
{
    int fd = broken_fd("unix");
    int status;
    pid_t child = share_memory ? vfork() : fork();

    if (child == 0)
        _exit(broken_in_child(fd));
    need(child > 0 && waitpid(child, &status, 0) == child, "waitpid");
    need(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a child that lives");
    expect_epipe(fd);
}

static void *write_once(void *argument)
{
    expect_epipe(*(int *)argument);
    return NULL;
}

/* As small as the kernel allows, which may be less than it needs itself. */
static void *write_on_alternate_stack(void *argument)
{
    static char memory[1 << 16];
    stack_t stack = {.ss_sp = memory, .ss_size = 1024};

    while (sigaltstack(&stack, NULL) != 0) {
        need(errno == ENOMEM && stack.ss_size < sizeof memory, "sigaltstack");
        stack.ss_size += 1024;
    }
    expect_epipe(*(int *)argument);
    return NULL;
}

static void in_thread(void *(*function)(void *))
{
    pthread_attr_t attributes;
    pthread_t thread;
    int fd = broken_fd("unix");
    size_t size = (size_t)sysconf(_SC_THREAD_STACK_MIN);

    /* musl's own minimum does not hold a signal frame of a wide vector unit. */
    if (size < 16384)
        size = 16384;
    pthread_attr_init(&attributes);
    need(pthread_attr_setstacksize(&attributes, size) == 0, "stack size");
    need(pthread_create(&thread, &attributes, function, &fd) == 0, "thread");
    pthread_join(thread, NULL);
}

static void empty_handler(int sig) { (void)sig; }

static volatile sig_atomic_t ran;

static void own_handler(int sig)
{
    (void)sig;
    ran = 1;
}

static void handler_in_vfork_child(void)
{
    pid_t child;

    signal(SIGPIPE, own_handler);
    child = vfork();
    if (child == 0) {
        signal(SIGPIPE, empty_handler);
        _exit(0);
    }
    need(child > 0 && waitpid(child, NULL, 0) == child, "vfork");
    need(raise(SIGPIPE) == 0 && ran, "the parent's handler");
}

#ifndef __GLIBC__
static void sysv_signal(int sig, void (*handler)(int))
{
    struct sigaction act = {.sa_handler = handler, .sa_flags = SA_RESETHAND | SA_NODEFER};

    sigaction(sig, &act, NULL);
}
#endif

static void *write_often(void *argument)
{
    for (int i = 0; i < 2000; i++) {
        expect_epipe(*(int *)argument);
        sysv_signal(SIGPIPE, empty_handler);
    }
    return NULL;
}

/* Each thread may find the handler in place and lose it to the other. */
static void with_one_shots(void)
{
    int fd = broken_fd("unix");
    pthread_t thread;

    sysv_signal(SIGPIPE, empty_handler);
    need(pthread_create(&thread, NULL, write_often, &fd) == 0, "thread");
    write_often(&fd);
    pthread_join(thread, NULL);
    expect_epipe(fd); /* here at the latest the last one fires */
    expect_epipe(fd);
}

/* As the runtimes of some languages look for it. */
static void find_auxiliary_vector(char **argv)
{
    const unsigned long *entry;
    char **p = argv;

    while (*p++ != NULL) /* arguments */
        ;
    while (*p++ != NULL) /* environment */
        ;
    for (entry = (const unsigned long *)(const void *)p; entry[0] != AT_NULL; entry += 2)
        if (entry[0] == AT_PAGESZ && entry[1] == (unsigned long)sysconf(_SC_PAGESIZE))
            return;
    need(0, "the page size in the auxiliary vector");
}

static void with_errno(void)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    errno = ENOTTY;
    need(write(null, "x", 1) == 1 && errno == ENOTTY, "errno kept by write");
    need(dprintf(null, "x") == 1 && errno == ENOTTY, "errno kept by dprintf");
}

static int entries(const char *path)
{
    DIR *directory = opendir(path);
    int count = 0;

    need(directory != NULL, path);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static size_t heap_in_use(void)
{
#ifdef __GLIBC__
    return mallinfo2().uordblks;
#else
    return 0; /* other libcs do not tell */
#endif
}

static void quietly(void)
{
    int fd = broken_fd("unix");
    int descriptors = entries("/proc/self/fd");
    int threads = entries("/proc/self/task");
    size_t heap = heap_in_use();

    for (int i = 0; i < 10000; i++)
        expect_epipe(fd);
    need(entries("/proc/self/fd") == descriptors, "no descriptor kept");
    need(entries("/proc/self/task") == threads, "no thread started");
    need(heap_in_use() == heap, "nothing allocated");
}

int main(int argc, char **argv)
{
    const char *where = argc == 2 ? argv[1] : "";

    if (strcmp(where, "vfork") == 0 || strcmp(where, "fork") == 0)
        in_child(where[0] == 'v');
    else if (strcmp(where, "small") == 0)
        in_thread(write_once);
    else if (strcmp(where, "altstack") == 0)
        in_thread(write_on_alternate_stack);
    else if (strcmp(where, "vfork-handler") == 0)
        handler_in_vfork_child();
    else if (strcmp(where, "oneshot") == 0)
        with_one_shots();
    else if (strcmp(where, "auxv") == 0)
        find_auxiliary_vector(argv);
    else if (strcmp(where, "errno") == 0)
        with_errno();
    else if (strcmp(where, "quiet") == 0)
        quietly();
    else
        need(0, "usage");
    printf("%s: ok\n", where);
    return 0;
}
