/* SPDX-License-Identifier: MIT
 *
 * ptrace: starts the traced program, has it fork for each run, and passes signals on.
 */
#include "tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CANNOT_TRACE = 125 };

void trace_need(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "step: %s: %s\n", what, strerror(errno));
    exit(2);
}

static int wait_for(pid_t pid)
{
    int status;

    trace_need(waitpid(pid, &status, __WALL) == pid, "waitpid");
    return status;
}

static void resume(int how, pid_t pid, int signal)
{
    trace_need(ptrace((enum __ptrace_request)how, pid, NULL, (void *)(long)signal) == 0,
               "ptrace");
}

static void set_options(pid_t pid, int options)
{
    trace_need(ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(long)options) == 0,
               "PTRACE_SETOPTIONS");
}

static bool is_fork_stop(int status)
{
    return status >> 8 == (SIGTRAP | PTRACE_EVENT_FORK << 8);
}

/* Then it is seized when that one has gone. */
static bool has_a_tracer_before(const struct tracee *tracee)
{
    return tracee->help == HELP_ATTACH || tracee->help == HELP_ENTER;
}

static void execute(const struct tracee *tracee, int control)
{
    int null = open("/dev/null", O_RDWR);

    personality(ADDR_NO_RANDOMIZE);
    for (int fd = 0; fd <= 2; fd++)
        dup2(null, fd);
    dup2(tracee->shared_fd, SHARED_FD);
    if (control >= 0)
        dup2(control, CONTROL_FD);
    setenv("LD_BIND_NOW", "1", 1);
    if (tracee->help == HELP_SHIM || tracee->help == HELP_ATTACH)
        setenv("LD_PRELOAD", tracee->helper, 1);
    if (!has_a_tracer_before(tracee) && ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(CANNOT_TRACE);
    if (tracee->help == HELP_ENTER)
        execl(tracee->helper, tracee->helper, tracee->program, (char *)NULL);
    execl(tracee->program, tracee->program, (char *)NULL);
    _exit(127);
}

static void await_ready(const struct tracee *tracee, pid_t pid)
{
    enum { LOOKS = 30000 };
    const struct timespec millisecond = {.tv_nsec = 1000000};

    for (int i = 0; !__atomic_load_n(&tracee->shared->is_ready, __ATOMIC_ACQUIRE); i++) {
        trace_need(i < LOOKS && waitpid(pid, NULL, __WALL | WNOHANG) == 0,
                   "it is never ready");
        nanosleep(&millisecond, NULL);
    }
}

/* Starts the program, with the descriptor CONTROL if that is not -1.  Returns its pid when
 * it has been executed, or 0. */
static pid_t start_program(const struct tracee *tracee, int control)
{
    int status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    trace_need(pid >= 0, "fork");
    if (pid == 0)
        execute(tracee, control);
    if (has_a_tracer_before(tracee)) {
        await_ready(tracee, pid);
        trace_need(ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK) == 0,
                   "PTRACE_SEIZE");
        return pid;
    }
    status = wait_for(pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_TRACE)
        return 0;
    trace_need(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP, tracee->program);
    set_options(pid, PTRACE_O_EXITKILL | (control >= 0 ? PTRACE_O_TRACEFORK : 0));
    return pid;
}

bool trace_start(struct tracee *tracee, const char *program, enum help help, const char *helper)
{
    int control[2];

    if (PROGRAM_COUNTER == 0)
        return false;
    *tracee = (struct tracee){.program = program, .help = help, .helper = helper};
    tracee->shared_fd = memfd_create("step", MFD_CLOEXEC);
    trace_need(tracee->shared_fd >= 0 &&
                   ftruncate(tracee->shared_fd, sizeof *tracee->shared) == 0,
               "memfd");
    tracee->shared = mmap(NULL, sizeof *tracee->shared, PROT_READ | PROT_WRITE, MAP_SHARED,
                          tracee->shared_fd, 0);
    trace_need(tracee->shared != MAP_FAILED, "mmap");
    trace_need(pipe2(control, O_CLOEXEC) == 0, "pipe");
    tracee->control = control[1];
    tracee->server = start_program(tracee, control[0]);
    close(control[0]);
    if (tracee->server != 0 && !has_a_tracer_before(tracee))
        resume(PTRACE_CONT, tracee->server, 0);
    return tracee->server != 0;
}

void trace_stop(struct tracee *tracee)
{
    kill(tracee->server, SIGKILL);
    while (waitpid(tracee->server, NULL, __WALL) < 0 && errno == EINTR)
        continue;
    close(tracee->control);
    close(tracee->shared_fd);
    munmap(tracee->shared, sizeof *tracee->shared);
}

/* The server forks.  Returns the child, stopped. */
static pid_t fork_server(struct tracee *tracee)
{
    pid_t child = 0;
    int status;

    trace_need(write(tracee->control, "", 1) == 1, "control");
    while (child == 0) {
        unsigned long message = 0;

        status = wait_for(tracee->server);
        trace_need(WIFSTOPPED(status), "the server has ended");
        if (is_fork_stop(status)) {
            trace_need(ptrace(PTRACE_GETEVENTMSG, tracee->server, NULL, &message) == 0,
                       "fork");
            child = (pid_t)message;
        }
        resume(PTRACE_CONT, tracee->server, is_fork_stop(status) ? 0 : WSTOPSIG(status));
    }
    trace_need(WIFSTOPPED(wait_for(child)), "the fork's first stop");
    set_options(child, PTRACE_O_EXITKILL);
    return child;
}

/* Resumes PID as HOW says until a SIGTRAP stops it, or its end; signals reach it meanwhile,
 * how many is added to SIGNALS.  Returns the status. */
int trace_resume(int how, pid_t pid, unsigned *signals)
{
    int signal = 0, status;

    for (;;) {
        resume(how, pid, signal);
        status = wait_for(pid);
        if (!WIFSTOPPED(status) || WSTOPSIG(status) == SIGTRAP)
            return status;
        signal = WSTOPSIG(status);
        ++*signals;
    }
}

/* Starts a run.  Returns it, stopped before the call. */
pid_t trace_begin(struct tracee *tracee, const struct request *request)
{
    unsigned signals = 0;
    pid_t pid;

    *tracee->shared = (struct shared){.request = *request};
    pid = request->once ? start_program(tracee, -1) : fork_server(tracee);
    trace_need(WIFSTOPPED(trace_resume(PTRACE_CONT, pid, &signals)),
               "the traced process never came to the call");
    return pid;
}

void trace_place(const struct tracee *tracee, unsigned long pc, char *place, size_t size)
{
    char path[32], line[512];
    FILE *maps;

    snprintf(path, sizeof path, "/proc/%d/maps", (int)tracee->server);
    snprintf(place, size, "%#lx", pc);
    maps = fopen(path, "re");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long start, end, offset;
        const char *name = strrchr(line, '/');

        if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &offset) == 3 && pc >= start &&
            pc < end && name != NULL)
            snprintf(place, size, "%.*s+%#lx", (int)strcspn(name + 1, "\n"), name + 1,
                     pc - start + offset);
    }
    if (maps != NULL)
        fclose(maps);
}
