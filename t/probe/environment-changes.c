/* SPDX-License-Identifier: MIT
 *
 * world HOW [ARGUMENT]: broken writes while what a process stands on changes.
 *
 *   exec        vfork children that write, then execute this program, which writes
 *   library     libraries that write are loaded and unloaded
 *   owed        one is unloaded while the signal of its write is blocked, and then it comes
 *   namespace   a library in a namespace of its own (dlmopen), with a libc of its own
 *   closefrom   all descriptors but the standard ones are closed; then those as well
 *   identity    effective user nobody, root again, and nobody for good, with a thread
 *   chroot DIR  in a root without /proc
 *   nofile      no descriptor may be opened any more
 *   fsize       no file may grow any more
 *   once        none of this
 */
#include <dlfcn.h>
#include <grp.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "attempts.h"

static const char *self;

static void expect_all(void)
{
    for (unsigned round = 0; round < 2 * CALLS; round++)
        expect_epipe(round);
}

static void by_exec(void)
{
    char *const argv[] = {(char *)(size_t)self, (char *)(size_t) "once", NULL};

    for (volatile unsigned round = 0; round < 5; round++) { /* past vfork */
        pid_t child;
        int status;

        expect_epipe(round);
        child = vfork();
        if (child == 0) {
            expect_epipe(round);
            execv(self, argv);
            _exit(92);
        }
        need(child > 0 && waitpid(child, &status, 0) == child && status == 0,
             "a child that lives");
    }
}

/* --- libraries */

static void *load(const char *name, int apart)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 64);
    void *handle;

    need(n > 0, "readlink");
    path[n] = '\0';
    sprintf(strrchr(path, '/'), "/.libs/%s", name);
#ifdef __GLIBC__
    handle = apart ? dlmopen(LM_ID_NEWLM, path, RTLD_NOW) : dlopen(path, RTLD_NOW);
#else
    handle = dlopen(path, RTLD_NOW);
#endif
    need(handle != NULL, dlerror());
    return handle;
}

typedef long writes_function(const char *how, int fd);

static void write_by(void *library, const char *how)
{
    writes_function *function;
    long result = 0;

    *(void **)&function = dlsym(library, "library_writes");
    need(function != NULL, "library_writes");
    GUARDED { result = function(how, broken_fd("unix")); }
    need(result == -1, how);
}

static void by_libraries(void)
{
    static const char *const how[] = {"write", "dprintf", "syscall", "stdio"};
    char number[16];
    void *library;

    snprintf(number, sizeof number, "%d", broken[0]);
    setenv("VISITOR_FD", number, 1);
    for (unsigned round = 0; round < 40; round++) {
        GUARDED { need(dlclose(load("libepipevisitor.so", 0)) == 0, "dlclose"); }
        library = load("libepipewriter.so", 0);
        write_by(library, how[round % 4]);
        need(dlclose(library) == 0, "dlclose");
        expect_epipe(round);
    }
}

static void by_owed_signal(void)
{
    void *library = load("libepipewriter.so", 0);
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    write_by(library, "write");
    need(dlclose(library) == 0, "dlclose");
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    expect_all();
}

static void by_namespace(void)
{
    void *library = load("libepipewriter.so", 1);

    write_by(library, "write");
    write_by(library, "dprintf");
    write_by(library, "syscall");
    write_by(library, "stdio");
    dlclose(library);
    expect_all();
}

/* --- what a process may do */

static void with_descriptors_closed(void)
{
    need(syscall(SYS_close_range, 3U, ~0U, 0U) == 0, "close_range");
    open_broken();
    need(broken[0] == 3, "a number that is used again");
    expect_all();
    printf("closefrom: ok\n");
    fflush(stdout);
    syscall(SYS_close_range, 0U, ~0U, 0U);
    need(open("/dev/null", O_RDONLY) == 0, "descriptor 0");
    broken[0] = broken_fd("unix");
    broken[1] = broken_fd("unix");
    if (broken[0] != 1 || broken[1] != 2)
        _exit(93);
    expect_all();
    _exit(0);
}

static pthread_barrier_t step;

static void *other_thread(void *argument)
{
    pthread_barrier_wait(&step);
    expect_all();
    return argument;
}

static void with_another_identity(void)
{
    enum { NOBODY = 65534 };
    pthread_t thread;

    pthread_barrier_init(&step, NULL, 2);
    need(pthread_create(&thread, NULL, other_thread, NULL) == 0, "thread");
    expect_epipe(0);
    need(seteuid(NOBODY) == 0, "seteuid");
    expect_epipe(0);
    need(seteuid(0) == 0, "seteuid");
    expect_epipe(0);
    need(setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0, "setuid");
    pthread_barrier_wait(&step);
    expect_all();
    pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    self = argv[0];
    guard();
    open_broken();
    if (strcmp(how, "exec") == 0) {
        by_exec();
    } else if (strcmp(how, "library") == 0) {
        by_libraries();
    } else if (strcmp(how, "owed") == 0) {
        by_owed_signal();
    } else if (strcmp(how, "namespace") == 0) {
        by_namespace();
    } else if (strcmp(how, "closefrom") == 0) {
        with_descriptors_closed();
    } else if (strcmp(how, "identity") == 0) {
        with_another_identity();
    } else {
        if (strcmp(how, "chroot") == 0)
            need(argc == 3 && chroot(argv[2]) == 0 && chdir("/") == 0, "chroot");
        else if (strcmp(how, "nofile") == 0)
            need(setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3}) == 0, "setrlimit");
        else if (strcmp(how, "fsize") == 0)
            need(setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, 0}) == 0, "setrlimit");
        else
            need(strcmp(how, "once") == 0, "usage");
        expect_all();
    }
    if (strcmp(how, "once") != 0)
        printf("%s: ok\n", how);
    return 0;
}
