/* SPDX-License-Identifier: MIT
 *
 * aside WHERE: broken writes for what the shim says about them, from where its answer is
 * another than usual.
 *
 *   deep         below a hundred frames
 *   child        in a forked child, after which it ends
 *   amid         the same, forked while there is another thread
 *   made         by code that was made at run time, and is in no file; x86-64 only
 *   leader       to a FIFO, in a thread that has outlived the first one
 *   cancel       after which a cancellation is enabled as before
 *   vfork COUNT  COUNT, and then one in a vfork child on its descriptor 1, which it dies of
 *   stack KIND [raw]  prints how many bytes of stack one takes, on what broken-fd.h calls
 *                KIND; raw: by syscall()
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "broken-fd.h"

static void broken_write(int fd)
{
    errno = 0;
    need(write(fd, "x", 1) == -1 && errno == EPIPE, "a write that says EPIPE");
}

static __attribute__((noinline)) int below(int depth, int fd)
{
    int result = 0;

    if (depth > 0)
        result = below(depth - 1, fd) + 1;
    else
        broken_write(fd);
    __asm__ volatile("" : "+r"(result)); /* no loop, and no jump instead of a call */
    return result;
}

static void *wait_for_end(void *argument)
{
    char text;

    (void)!read(*(int *)argument, &text, 1);
    return NULL;
}

static void in_child(int amid)
{
    int fd = broken_fd("unix");
    int end[2], status;
    pthread_t thread;
    pid_t child;

    need(pipe(end) == 0, "pipe");
    if (amid)
        need(pthread_create(&thread, NULL, wait_for_end, &end[0]) == 0, "thread");
    child = fork();
    if (child == 0) {
        broken_write(fd);
        _exit(0);
    }
    need(child > 0 && waitpid(child, &status, 0) == child && status == 0,
         "a child that lives");
    close(end[1]);
    if (amid)
        pthread_join(thread, NULL);
}

static void by_made_code(int fd)
{
#if defined __x86_64__ && !defined __ILP32__
    static const unsigned char code[] = {0xb8, SYS_write, 0,
                                         0,    0,    /* mov $SYS_write, %eax */
                                         0x0f, 0x05, /* syscall */
                                         0xc3};      /* ret */
    void *made = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long (*function)(int, const char *, size_t);

    need(made != MAP_FAILED, "mmap");
    memcpy(made, code, sizeof code);
    memcpy(&function, &made, sizeof made);
    need(function(fd, "x", 1) == -EPIPE, "a write that says EPIPE");
#else
    (void)fd;
    exit(77);
#endif
}

static pthread_t first_thread;

static void *outlive(void *argument)
{
    (void)argument;
    pthread_join(first_thread, NULL);
    broken_write(broken_fd("fifo"));
    printf("leader: ok\n");
    exit(0);
}

static void without_leader(void)
{
    pthread_t thread;

    first_thread = pthread_self();
    need(pthread_create(&thread, NULL, outlive, NULL) == 0, "thread");
    pthread_exit(NULL);
}

static void keeps_cancel_state(void)
{
    int before = -1, after = -1;

    for (int state = PTHREAD_CANCEL_ENABLE; state <= PTHREAD_CANCEL_DISABLE; state++) {
        pthread_setcancelstate(state, &before);
        broken_write(broken_fd("unix"));
        pthread_setcancelstate(state, &after);
        need(after == state, "the cancel state");
    }
}

static void in_vfork_child(long count)
{
    int fd = broken_fd("unix");
    int kept = broken_fd("pipe");
    int status;
    pid_t child;

    for (long i = 0; i < count; i++)
        broken_write(fd);
    child = vfork();
    if (child == 0) {
        dup2(kept, 1);
        (void)!write(1, "x", 1);
        _exit(0);
    }
    need(child > 0 && waitpid(child, &status, 0) == child, "waitpid");
    need(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE, "a child that dies");
}

enum { STACK = 1 << 18, UNTOUCHED = 0x5a, RED_ZONE = 512 };

static unsigned char *stack;
static int is_raw;

/* The second write, as the first one of a process may resolve symbols. */
static void *measure(void *argument)
{
    int fd = *(int *)argument;
    unsigned char *here = (unsigned char *)__builtin_frame_address(0) - RED_ZONE;
    volatile unsigned char *lowest = stack;

    for (int i = 0; i < 2; i++) {
        for (volatile unsigned char *p = stack; p < here; p++)
            *p = UNTOUCHED;
        if (is_raw)
            syscall(SYS_write, fd, "x", 1);
        else
            (void)!write(fd, "x", 1);
    }
    while (*lowest == UNTOUCHED)
        lowest++;
    printf("%ld\n", (long)(here + RED_ZONE - lowest));
    return NULL;
}

static void on_painted_stack(const char *kind)
{
    int fd = broken_fd(kind);
    pthread_attr_t attributes;
    pthread_t thread;

    stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(stack != MAP_FAILED, "mmap");
    pthread_attr_init(&attributes);
    need(pthread_attr_setstack(&attributes, stack, STACK) == 0, "stack");
    need(pthread_create(&thread, &attributes, measure, &fd) == 0, "thread");
    pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
    const char *where = argc > 1 ? argv[1] : "";

    if (strcmp(where, "deep") == 0)
        need(below(100, broken_fd("unix")) == 100, "below");
    else if (strcmp(where, "child") == 0 || strcmp(where, "amid") == 0)
        in_child(where[0] == 'a');
    else if (strcmp(where, "made") == 0)
        by_made_code(broken_fd("unix"));
    else if (strcmp(where, "leader") == 0)
        without_leader();
    else if (strcmp(where, "cancel") == 0)
        keeps_cancel_state();
    else if (strcmp(where, "vfork") == 0 && argc > 2)
        in_vfork_child(strtol(argv[2], NULL, 10));
    else if (strcmp(where, "stack") == 0 && argc > 2) {
        is_raw = argc > 3;
        on_painted_stack(argv[2]);
        return 0;
    } else {
        need(0, "usage");
    }
    printf("%s: ok\n", where);
    return 0;
}
