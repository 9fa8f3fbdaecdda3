/* SPDX-License-Identifier: MIT
 *
 * tracee.c starts the traced program and each of its runs.  Whatever fails ends the
 * tracer with status 2 and one line.
 */
#ifndef STEP_TRACEE_H
#define STEP_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/user.h>

#include "step.h"

/* Where ptrace has the program counter of the traced process. */
#ifdef __x86_64__
#define PROGRAM_COUNTER offsetof(struct user, regs.rip)
#elif defined __i386__
#define PROGRAM_COUNTER offsetof(struct user, regs.eip)
#else
#define PROGRAM_COUNTER 0 /* trace_start() refuses */
#endif

/* What protects the traced process: nothing but itself; the shim HELPER; an attach, which the
 * preload object HELPER asks for; the command HELPER, which enters it at its exec. */
enum help { HELP_NONE, HELP_SHIM, HELP_ATTACH, HELP_ENTER };

struct tracee {
    struct shared *shared;
    pid_t server; /* forks for each run */
    int shared_fd;
    int control;
    const char *program;
    enum help help;
    const char *helper;
};

/* Starts PROGRAM with HELP by HELPER.  Returns false where a process cannot be traced. */
bool trace_start(struct tracee *tracee, const char *program, enum help help,
                 const char *helper);

void trace_stop(struct tracee *tracee);

/* Starts a run.  Returns its process, stopped before the call. */
pid_t trace_begin(struct tracee *tracee, const struct request *request);

/* Resumes PID as HOW says until a SIGTRAP stops it, or its end; signals reach it meanwhile,
 * how many is added to SIGNALS.  Returns the status. */
int trace_resume(int how, pid_t pid, unsigned *signals);

/* Which object has the instruction PC, and where. */
void trace_place(const struct tracee *tracee, unsigned long pc, char *place, size_t size);

/* Ends the tracer unless OK. */
void trace_need(bool ok, const char *what);

#endif
