/* SPDX-License-Identifier: MIT
 *
 * Every single call against its model, on every kind of descriptor, with ordinary
 * and with odd arguments.  The model runs with SIGPIPE ignored; ours with SIGPIPE at
 * its default, so that a signal that gets through is the end of the process: one
 * for each call and kind, which says what it is at.  Result, errno, what arrived,
 * offsets and what is left in the source must be the same, and the mask what it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "calls.h"
#include "limit.h"

enum { UNTOUCHED = 4242 };

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

struct outcome {
    long result, extra, left;
    int error;
    size_t length;
    char seen[1 << 20];
};

static struct outcome model, ours;
static char *at; /* shared with the child: what it is at */
static int mismatches;

__attribute__((format(printf, 1, 2))) static void mismatch(const char *format, ...)
{
    char text[200];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    dprintf(STDERR_FILENO, "# %s: %s\n", at, text);
    mismatches++;
}

static int make_source(enum source source, const struct object *o)
{
    int pair[2] = {-1, -1};

    if (source == TARGET)
        return dup(o->fd);
    if (source == FILE_SOURCE) {
        pair[0] = memfd_create("source", MFD_CLOEXEC);
        assert_int_equal(pwrite(pair[0], "a source", 8, 0), 8);
    } else if (source != NO_SOURCE) {
        assert_int_equal(
            source == PIPE_SOURCE ? pipe(pair) : socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        assert_int_equal(write(pair[1], "a source", 8), 8);
        close(pair[1]);
    }
    return pair[0];
}

static long left_in(enum source source, int fd)
{
    int left = 0;

    if (source == FILE_SOURCE)
        return lseek(fd, 0, SEEK_CUR);
    if (source != NO_SOURCE)
        ioctl(fd, FIONREAD, &left);
    return left;
}

/* One call on a fresh object. */
static void run(const struct call *call, const struct kind *kind, const struct argument *a,
                bool mine, struct outcome *outcome)
{
    struct object o;
    struct subject s = {mine, &o, -1, &outcome->extra};

    kind->make(kind, &o);
    s.source = make_source(a->source, &o);
    outcome->extra = 0;
    errno = UNTOUCHED;
    outcome->result = call->make(&s, a);
    outcome->error = errno;
    outcome->left = left_in(a->source, s.source);
    outcome->length = object_look(kind, &o, outcome->seen, sizeof outcome->seen);
    if (s.source >= 0)
        close(s.source);
    object_close(&o);
}

static void run_ours(const struct call *call, const struct kind *kind,
                     const struct argument *a, bool blocked)
{
    struct sigaction now;
    sigset_t before, after, pending;

    sigemptyset(&before);
    sigaddset(&before, SIGUSR1);
    if (blocked)
        sigaddset(&before, SIGPIPE);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    run(call, kind, a, true, &ours);
    sigprocmask(SIG_BLOCK, NULL, &after);
    sigpending(&pending);
    sigaction(SIGPIPE, NULL, &now);
    for (int number = 1; number < _NSIG; number++)
        if (sigismember(&before, number) != sigismember(&after, number))
            mismatch("the mask of signal %d has changed", number);
    if (sigismember(&pending, SIGPIPE))
        mismatch("SIGPIPE is pending");
    if (now.sa_handler != SIG_DFL)
        mismatch("the disposition has changed");
    signal(SIGPIPE, SIG_IGN); /* forgets what is pending */
    sigprocmask(SIG_UNBLOCK, &before, NULL);
}

static void compare(const struct call *call, const struct kind *kind,
                    const struct argument *a, bool blocked)
{
    if (blocked)
        strcat(at, ", SIGPIPE blocked");
    run_ours(call, kind, a, blocked);
    if (ours.result != model.result || ours.error != model.error)
        mismatch("%ld, errno %d, but should be %ld, errno %d", ours.result, ours.error,
                 model.result, model.error);
    if (ours.result >= 0 && ours.error != UNTOUCHED)
        mismatch("errno was changed");
    if (ours.length != model.length || memcmp(ours.seen, model.seen, model.length) != 0)
        mismatch("something else was written: \"%.*s\", should be \"%.*s\"",
                 ours.length > 60 ? 60 : (int)ours.length, ours.seen,
                 model.length > 60 ? 60 : (int)model.length, model.seen);
    if (ours.extra != model.extra || ours.left != model.left)
        mismatch("stored %ld, left %ld, should be %ld and %ld", ours.extra, ours.left,
                 model.extra, model.left);
}

static void every_argument(const struct call *call, const struct kind *kind)
{
    limit(20);
    for (size_t i = 0; i < 4 && call->arguments[i] != NULL; i++) {
        for (const struct argument *a = call->arguments[i]; a->name != NULL; a++) {
            if (SANITIZED && a->length >= INT_MAX)
                continue; /* would read what /dev/null says it has written */
            if (a->length == LONG && kind->flags != O_NONBLOCK && kind->state != DEAD)
                continue; /* would wait for a reader */
            snprintf(at, PATH_MAX, "%s on %s, %s", call->name, kind->name, a->name);
            run(call, kind, a, false, &model);
            compare(call, kind, a, false);
            compare(call, kind, a, true);
        }
    }
}

static void every_kind(void **state)
{
    const struct call *call = *state;
    int failed = 0;

    for (size_t i = 0; i < kind_count; i++) {
        pid_t child = fork();
        int status;

        assert_true(child >= 0);
        if (child == 0) {
            for (int number = 1; number < _NSIG; number++)
                if (number != SIGKILL && number != SIGSTOP && number != SIGPIPE)
                    signal(number, SIG_DFL);
            signal(SIGPIPE, SIG_IGN);
            every_argument(call, &kinds[i]);
            _exit(mismatches != 0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        failed += status != 0;
        if (WIFSIGNALED(status))
            dprintf(STDERR_FILENO, "# %s: signal %d\n", at, WTERMSIG(status));
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    struct CMUnitTest tests[16];

    at = mmap(NULL, PATH_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED || call_count > 16)
        return 99;
    for (size_t i = 0; i < call_count; i++)
        tests[i] = (struct CMUnitTest){calls[i].name, every_kind, NULL, NULL,
                                       (void *)(uintptr_t)&calls[i]};
    return _cmocka_run_group_tests("calls", tests, call_count, NULL, NULL);
}
