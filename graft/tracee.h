/* SPDX-License-Identifier: MIT
 *
 * tracee.h stops one thread of another process, lets it make system calls and lets it go on
 * as if nothing had been.
 *
 * Whenever the tracer may be killed, the thread's registers lead it back to where it was:
 * what is put in is a stub (stub.h), and one store, of the program counter, commits each
 * call.  All functions that return bool return false with a line in `why` when something is
 * wrong; the process that called them should then end, by which the kernel lets the thread
 * go on.
 */
#ifndef EPIPE_GRAFT_TRACEE_H
#define EPIPE_GRAFT_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "arch.h"

#define TRACEE_DISPATCHES "dispatches its system calls itself, as Wine does"
#define TRACEE_SHORT "waits in a call that would come back short: try again"

#ifdef __aarch64__
/* The call in which the thread was interrupted, with the instruction AT; 0: in none.  RESULT is the
 * kernel's -ERESTART….  As long as the program counter is RESTART_PC in a stop, the kernel
 * decides whether the call ends. */
struct tracee_call_state {
    uint64_t at, first, restart_pc;
    int64_t result;
    bool was_eintr; /* the stop has made it return EINTR, and nothing has happened since */
};

/* The call in which it was seen before the stop; NUMBER is -1 for none. */
struct tracee_waits {
    long number;
    uint64_t args[6], sp, pc;
};
#endif

struct tracee {
    pid_t pid; /* the process's, or a thread's that lives where the first one has ended */
    pid_t tid;
    bool is_locked; /* that one is traced, too */
    int mem;        /* /proc/PID/mem, for reading and writing */
    bool is32;
    uint64_t slot;                /* where stubs are written; 0 until it is known */
    struct user_regs_struct regs; /* as the thread was stopped with them */
#ifdef __aarch64__
    struct tracee_waits waits;
    struct tracee_call_state call;
    bool has_called, is_leaving; /* it has made a call in here; makes the last one */
#else
    bool restart_eintr; /* the stop made a call return EINTR */
#endif
    bool has_ended;  /* while it was waited for */
    bool dispatches; /* a call of the stub's was dispatched to the target itself */
    char why[160];
};

/* Opens the target's memory, and sees which word size its program is of.  False with errno:
 * EACCES, EPERM, ENOEXEC for another architecture, ENOENT or ESRCH for a process that is
 * about to end, or another one of open(2). */
bool tracee_open(struct tracee *t, pid_t pid);

/* Is what was opened the memory of no process any more, after an exec? */
bool tracee_memory_is_gone(const struct tracee *t);

bool tracee_read(const struct tracee *t, uint64_t from, void *to, size_t size);
bool tracee_write(struct tracee *t, uint64_t to, const void *from, size_t size);

/* Becomes the tracer of the first thread, by which others are kept from being one; nothing
 * stops.  False with errno. */
bool tracee_lock(struct tracee *t);

/* Lets the first thread go on where it has got a signal. */
void tracee_serve_lock(const struct tracee *t);

/* Becomes the tracer of t->tid; nothing stops yet.  False with errno. */
bool tracee_seize(struct tracee *t, unsigned long options);

/* Stops the thread where the kernel restarts interrupted calls, with its registers in
 * t->regs.  Signals that come in the meantime are delivered.  To be called with all signals
 * blocked.  Gives up after three seconds. */
bool tracee_stop(struct tracee *t);

/* The same for one that has been told to stop already. */
bool tracee_await_stop(struct tracee *t);

/* Lets the stopped thread make a system call and stops it again.  A signal that comes
 * before is delivered first, from where the thread was.  RESULT is the kernel's: a
 * negative error number, or else. */
bool tracee_call(struct tracee *t, enum arch_call call, const uint64_t args[6],
                 int64_t *result);

/* Lets it go on where it was, and is its tracer no longer. */
bool tracee_release(struct tracee *t);

/* The same of one that has made no call; but of the locked one it stays the tracer. */
bool tracee_resume(struct tracee *t);

/* As tracee_release(), where on its way it makes CALL and, where THEN_ARGS is not NULL and there
 * is room, THEN, whose results nobody sees. */
bool tracee_release_by(struct tracee *t, enum arch_call call, const uint64_t args[6],
                       enum arch_call then, const uint64_t *then_args);

/* Does it handle its system calls itself (syscall user dispatch)? */
bool tracee_dispatches(const struct tracee *t);

/* What its seccomp filters answer to a call with these three first arguments: a
 * SECCOMP_RET_ value.  False if they cannot be read. */
bool tracee_filter_answer(const struct tracee *t, enum arch_call call,
                          const uint64_t args[3], uint32_t *answer);

/* Lets it make calls past its filters while it is stopped.  False if that is not allowed. */
bool tracee_suspend_filters(struct tracee *t);

#endif
