/* SPDX-License-Identifier: MIT
 *
 * disposition MODE [SETTER]: sets SIGPIPE's disposition in every way libc offers
 * and says what it reads back and what happens.
 *
 *   readback          what each setter returns and sigaction reads after it
 *   handler SETTER    a handler and two broken writes
 *   default SETTER    ignored, then back at the default, then a broken write
 *   ignore SETTER     ignored and a broken write
 *   oneshot SETTER    a one-shot handler and two broken writes
 *   foreign SETTER    a handler, a broken write, and a signal from another process
 *   kept              a handler, ignored, back at what the kernel said before, and a
 *                     signal from another process
 */
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "broken-fd.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

sighandler_t bsd_signal(int sig, sighandler_t handler);
int __sigaction(int sig, const struct sigaction *act, struct sigaction *old);

static volatile sig_atomic_t runs;
static volatile sig_atomic_t was_masked, on_alternate, had_info;
static char alternate[1 << 16];

static void note(int sig, const siginfo_t *info)
{
    sigset_t now;
    char here;

    runs = runs + 1;
    sigprocmask(SIG_BLOCK, NULL, &now);
    was_masked = sigismember(&now, sig) + 2 * sigismember(&now, SIGUSR2);
    on_alternate = &here >= alternate && &here < alternate + sizeof alternate;
    had_info = info != NULL && info->si_signo == sig && info->si_code == SI_USER;
}

static void plain(int sig) { note(sig, NULL); }

static void with_info(int sig, siginfo_t *info, void *context)
{
    (void)context;
    note(sig, info);
}

static sighandler_t act(int (*function)(int, const struct sigaction *, struct sigaction *),
                        sighandler_t handler, int flags)
{
    struct sigaction new = {.sa_flags = flags}, old;

    new.sa_handler = handler;
    sigaddset(&new.sa_mask, SIGUSR2);
    if ((flags & SA_SIGINFO) && handler == plain)
        new.sa_sigaction = with_info;
    need(function(SIGPIPE, &new, &old) == 0, "sigaction");
    return old.sa_handler;
}

static sighandler_t by_signal(sighandler_t h) { return signal(SIGPIPE, h); }
static sighandler_t by_bsd_signal(sighandler_t h) { return bsd_signal(SIGPIPE, h); }
static sighandler_t by_ssignal(sighandler_t h) { return ssignal(SIGPIPE, h); }
static sighandler_t by_sysv_signal(sighandler_t h) { return sysv_signal(SIGPIPE, h); }
static sighandler_t by___sysv_signal(sighandler_t h) { return __sysv_signal(SIGPIPE, h); }
static sighandler_t by_sigset(sighandler_t h) { return sigset(SIGPIPE, h); }
static sighandler_t by_sigaction(sighandler_t h) { return act(sigaction, h, 0); }
static sighandler_t by___sigaction(sighandler_t h) { return act(__sigaction, h, 0); }

static sighandler_t by_info(sighandler_t h)
{
    return act(sigaction, h, SA_SIGINFO | SA_ONSTACK | SA_RESTART);
}

static sighandler_t by_oneshot(sighandler_t h)
{
    return act(sigaction, h, (int)(SA_RESETHAND | SA_NODEFER));
}

static sighandler_t by_oneshot_info(sighandler_t h)
{
    return act(sigaction, h, (int)(SA_RESETHAND | SA_SIGINFO | SA_ONSTACK));
}

static sighandler_t by_siginterrupt(sighandler_t h)
{
    sighandler_t old;

    need(siginterrupt(SIGPIPE, 1) == 0, "siginterrupt");
    old = signal(SIGPIPE, h);
    need(siginterrupt(SIGPIPE, 1) == 0, "siginterrupt");
    return old;
}

static sighandler_t by_sigignore(sighandler_t h)
{
    sighandler_t old = signal(SIGPIPE, h);

    if (h == SIG_IGN)
        need(sigignore(SIGPIPE) == 0, "sigignore");
    return old;
}

static const struct {
    const char *name;
    sighandler_t (*set)(sighandler_t handler);
} setters[] = {
#define SETTER(name)                                                                      \
    {                                                                                     \
#name, by_##name                                                                  \
    }
    SETTER(signal),       SETTER(bsd_signal),    SETTER(ssignal),      SETTER(sysv_signal),
    SETTER(sigset),       SETTER(__sysv_signal), SETTER(siginterrupt), SETTER(sigignore),
    SETTER(sigaction),    SETTER(__sigaction),   SETTER(info),         SETTER(oneshot),
    SETTER(oneshot_info),
};

static const char *name_of(sighandler_t handler)
{
    return handler == SIG_DFL                                   ? "default"
           : handler == SIG_IGN                                 ? "ignore"
           : handler == SIG_HOLD                                ? "hold"
           : handler == SIG_ERR                                 ? "error"
           : handler == plain                                   ? "plain"
           : handler == (sighandler_t)(void (*)(void))with_info ? "with_info"
                                                                : "something else";
}

static void read_back(const char *what, sighandler_t returned)
{
    struct sigaction now;

    need(sigaction(SIGPIPE, NULL, &now) == 0, "sigaction");
    printf("%s: returned %s, reads %s flags %#x mask %d%d\n", what, name_of(returned),
           name_of(now.sa_handler), (unsigned)now.sa_flags,
           sigismember(&now.sa_mask, SIGPIPE), sigismember(&now.sa_mask, SIGUSR2));
}

static void read_back_all(void)
{
    const sighandler_t wanted[] = {SIG_DFL, SIG_IGN, plain,  SIG_DFL,
                                   plain,   SIG_IGN, SIG_DFL};

    read_back("at start", SIG_DFL);
    for (size_t i = 0; i < sizeof setters / sizeof *setters; i++)
        for (size_t j = 0; j < sizeof wanted / sizeof *wanted; j++)
            read_back(setters[i].name, setters[i].set(wanted[j]));
    read_back("hold", sigset(SIGPIPE, SIG_HOLD));
    read_back("hold again", sigset(SIGPIPE, SIG_HOLD));
    read_back("released", sigset(SIGPIPE, SIG_DFL));
    read_back("error", signal(SIGPIPE, SIG_ERR));
    read_back("other signal", signal(SIGUSR1, SIG_DFL));
    read_back("set for another", sigset(SIGUSR1, SIG_IGN));
    read_back("set again", sigset(SIGUSR1, SIG_DFL));
}

static void broken_write(int fd)
{
    long result = write(fd, "x", 1);

    say("write", result);
    printf("handler ran %d times, masked %d, alternate stack %d, siginfo %d\n", (int)runs,
           (int)was_masked, (int)on_alternate, (int)had_info);
    fflush(stdout);
}

static void signal_from_outside(void)
{
    pid_t child = fork();

    if (child == 0)
        _exit(kill(getppid(), SIGPIPE) != 0);
    while (waitpid(child, NULL, 0) < 0)
        need(errno == EINTR, "waitpid");
}

/* The handler is the first member of the kernel's struct. */
static void put_back_the_kernels(void)
{
    uintptr_t raw[32] = {0};
    struct sigaction kept = {.sa_flags = SA_SIGINFO};

    by_sigaction(plain);
    need(syscall(SYS_rt_sigaction, SIGPIPE, NULL, raw, _NSIG / 8) == 0, "rt_sigaction");
    by_sigaction(SIG_IGN);
    kept.sa_handler = (sighandler_t)raw[0];
    need(sigaction(SIGPIPE, &kept, NULL) == 0, "sigaction");
}

int main(int argc, char **argv)
{
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    const char *mode = argc > 1 ? argv[1] : "";
    sighandler_t (*set)(sighandler_t) = NULL;
    int fd;

    need(sigaltstack(&stack, NULL) == 0, "sigaltstack");
    if (strcmp(mode, "readback") == 0) {
        read_back_all();
        return 0;
    }
    if (strcmp(mode, "kept") == 0) {
        put_back_the_kernels();
        signal_from_outside();
        printf("handler ran %d times after kill\n", (int)runs);
        return 0;
    }
    for (size_t i = 0; argc == 3 && i < sizeof setters / sizeof *setters; i++)
        if (strcmp(argv[2], setters[i].name) == 0)
            set = setters[i].set;
    need(set != NULL, "usage");
    fd = broken_fd("unix");
    set(strcmp(mode, "default") == 0 || strcmp(mode, "ignore") == 0 ? SIG_IGN : plain);
    if (strcmp(mode, "default") == 0)
        set(SIG_DFL);
    broken_write(fd);
    if (strcmp(mode, "handler") == 0 || strcmp(mode, "oneshot") == 0)
        broken_write(fd);
    if (strcmp(mode, "foreign") == 0) {
        signal_from_outside();
        printf("handler ran %d times after kill\n", (int)runs);
    }
    return 0;
}
