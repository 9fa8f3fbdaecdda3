/* SPDX-License-Identifier: MIT
 *
 * stack: how many bytes an alternate stack must have, in steps of 64, for
 *   empty    a handler that does nothing: the kernel's own part
 *   default  a broken write, where the default action has SA_ONSTACK
 *   nested   a handler that makes one
 * each tried in children, which a stack that is too small kills.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "broken-fd.h"

static int broken;

static void do_nothing(int sig) { (void)sig; }

static void expect_epipe(int sig)
{
    (void)sig;
    errno = 0;
    if (write(broken, "x", 1) != -1 || errno != EPIPE)
        _exit(91);
}

static void handle(int sig, void (*handler)(int))
{
    struct sigaction act = {.sa_flags = SA_ONSTACK};

    act.sa_handler = handler;
    need(sigaction(sig, &act, NULL) == 0, "sigaction");
}

static void on_stack_of(size_t size, const char *what)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory =
        mmap(NULL, page + 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_sp = memory + page, .ss_size = size};

    need(memory != MAP_FAILED && mprotect(memory, page, PROT_NONE) == 0,
         "a page to run into");
    if (sigaltstack(&stack, NULL) != 0)
        _exit(92);
    if (what[0] == 'd') {
        handle(SIGPIPE, SIG_DFL);
        expect_epipe(0);
    } else {
        handle(SIGUSR1, what[0] == 'n' ? expect_epipe : do_nothing);
        raise(SIGUSR1);
    }
    _exit(0);
}

static size_t least(const char *what)
{
    for (size_t size = 1024; size < 65536; size += 64) {
        int status = -1;
        pid_t child = fork();

        if (child == 0)
            on_stack_of(size, what);
        need(child > 0 && waitpid(child, &status, 0) == child, "a child");
        if (status == 0)
            return size;
    }
    return 0;
}

int main(void)
{
    static const char *const what[] = {"empty", "default", "nested"};
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    broken = broken_fd("unix");
    for (int i = 0; i < 3; i++)
        printf("%s %zu\n", what[i], least(what[i]));
    return 0;
}
