/* SPDX-License-Identifier: MIT
 *
 * libepipe: writes that say EPIPE and raise no SIGPIPE.
 *
 * Single calls with the names, arguments, results and errno of the calls they stand
 * for; scopes around calls into a third-party library; children that inherit nothing
 * of all this, and pipes to them.  libepipe(3) tells which to choose.
 *
 * Unless a function says otherwise it is thread-safe, keeps errno when it
 * succeeds, allocates nothing and starts nothing.
 */
#ifndef EPIPE_H
#define EPIPE_H

#include <spawn.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header, and as a number that #if compares: 100 is 0.1.0, 10203 is
 * 1.2.3.  epipe_version() tells that of the library that is loaded, "0.1.0"; libepipe(3)
 * says what may change between two.  Async-signal-safe. */
#define EPIPE_VERSION_MAJOR 0
#define EPIPE_VERSION_MINOR 1
#define EPIPE_VERSION_MICRO 0
#define EPIPE_VERSION                                                                     \
    (EPIPE_VERSION_MAJOR * 10000 + EPIPE_VERSION_MINOR * 100 + EPIPE_VERSION_MICRO)
const char *epipe_version(void);

struct mmsghdr; /* declared by <sys/socket.h> under _GNU_SOURCE only */

/* splice(2)'s offsets: 64 bits wide on every architecture. */
#ifdef __GLIBC__
typedef __loff_t epipe_loff_t;
#else
typedef off_t epipe_loff_t;
#endif

/* ---- single calls ----------------------------------------------------------
 *
 * As write(2), writev(2), send(2) and so on in all things (results, errno, short
 * counts, blocking, restarting, cancellation point, async-signal-safety), but
 * that the calling thread gets no SIGPIPE.  Neither dispositions nor, beyond the
 * call, the signal mask are touched.
 *
 * Sends: MSG_NOSIGNAL.  epipe_write and epipe_writev: RWF_NOSIGNAL (Linux 6.18)
 * where the kernel and the file have it, otherwise MSG_NOSIGNAL on a socket (for
 * epipe_writev: if the vector lies on the caller's stack), and otherwise SIGPIPE is
 * blocked around the call and exactly the call's own taken off the queue.  The
 * transfers and dprintf, for which there is no flag, are always done in the last way.
 * None relies on a handler, so no other disposition that somebody sets changes this. */

ssize_t epipe_write(int fd, const void *buf, size_t len);
ssize_t epipe_writev(int fd, const struct iovec *iov, int iovcnt);
ssize_t epipe_send(int fd, const void *buf, size_t len, int flags);
ssize_t epipe_sendto(int fd, const void *buf, size_t len, int flags,
                     const struct sockaddr *to, socklen_t tolen);
ssize_t epipe_sendmsg(int fd, const struct msghdr *msg, int flags);
int epipe_sendmmsg(int fd, struct mmsghdr *msgs, unsigned count, int flags);

#if defined _FILE_OFFSET_BITS && _FILE_OFFSET_BITS == 64 && __SIZEOF_LONG__ == 4
#define epipe_sendfile epipe_sendfile64
#endif
ssize_t epipe_sendfile(int out_fd, int in_fd, off_t *offset, size_t count);
ssize_t epipe_splice(int in_fd, epipe_loff_t *in_offset, int out_fd,
                     epipe_loff_t *out_offset, size_t len, unsigned flags);
ssize_t epipe_vmsplice(int fd, const struct iovec *iov, size_t count, unsigned flags);
ssize_t epipe_tee(int in_fd, int out_fd, size_t len, unsigned flags);

/* As dprintf is, not async-signal-safe, and they may allocate. */
int epipe_dprintf(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
int epipe_vdprintf(int fd, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* ---- whole writes ----------------------------------------------------------
 *
 * All of it or an error, after short writes, signal handlers and full buffers alike.
 * TIMEOUT is in milliseconds, for the whole call; negative: none; 0: what fits is
 * written, and nothing waited for.  It holds for blocking descriptors, too, but for disks,
 * and for a pipe that others fill at the same moment.
 *
 * Return 0, or -1 with errno: ETIMEDOUT; EINVAL: IOVCNT is negative; EIO: the
 * descriptor takes nothing and tells no error; or that of write(2), which is not EINTR
 * nor EAGAIN.  *WRITTEN, if it is not NULL, is always how much has gone out.  With
 * nothing to write nothing is called.  Cancellation points, async-signal-safe.  After a
 * cancellation *WRITTEN is up to date if there is a TIMEOUT; without one, what the call
 * that was cancelled had written is not in it, for the kernel does not tell. */

int epipe_write_all(int fd, const void *buf, size_t len, int timeout, size_t *written);
int epipe_writev_all(int fd, const struct iovec *iov, int iovcnt, int timeout, size_t *written);

/* ---- scopes ----------------------------------------------------------------
 *
 * From epipe_scope_enter() to epipe_scope_leave() no write of the calling thread
 * raises SIGPIPE, whoever makes it and however.  Other threads are not concerned.
 * Scopes nest; only the outermost costs system calls: three, or none after
 * epipe_install().
 *
 * A SIGPIPE from another process is not lost: it acts when the scope ends, with its
 * siginfo (after epipe_install(): at once).  One that was pending before is
 * pending after.  (One exception is the kernel's: a raise() or pthread_kill() to
 * this thread merges with a write's own signal that is pending at that moment.)
 *
 * A scope must be left by the thread that entered it and before the frame that holds it
 * is gone; a jump out of it by longjmp() must be followed by leaving it.  Scopes may be
 * left in any order, as coroutines do.  But a scope that has blocked SIGPIPE must not be
 * suspended by a switch that changes the signal mask, as swapcontext() does; after
 * epipe_install() it may.
 *
 * A thread or a child that is started in a scope inherits the blocked SIGPIPE, for good;
 * after epipe_install() nothing is blocked.  epipe_child_reset() is for children.
 *
 * Both functions are async-signal-safe and no cancellation points.  (If libepipe was
 * loaded by dlopen() when no static TLS was left, or after epipe_install() where the
 * program had made 32 thread-specific data keys before, libc allocates memory in a
 * thread's first scope, so that one should not be entered in a signal handler.) */

/* The way by a PLT entry would be a good part of what an empty scope costs. */
#if defined __has_attribute
#if __has_attribute(noplt)
#define EPIPE_NOPLT __attribute__((noplt))
#endif
#endif
#ifndef EPIPE_NOPLT
#define EPIPE_NOPLT
#endif

struct epipe_scope {
    union {
        void *align;
        char bytes[64];
    } opaque; /* nothing need be initialized */
};

/* Returns 0, or -1 with errno EINVAL: SCOPE is NULL; EPERM: a sandbox does not let
 * the signal mask be changed. */
EPIPE_NOPLT int epipe_scope_enter(struct epipe_scope *scope);

/* Returns how many SIGPIPEs were swallowed in this thread since the scope was entered.
 * Without epipe_install() signals that are pending merge, so the last scope that is left
 * tells 0 or 1 and those before it 0.
 *
 * Or returns -1 with errno.  The scope stays as it is: EINVAL: SCOPE is NULL, was not
 * entered, or has been left; EPERM: another thread entered it.  The scope has been left:
 * EBUSY: it had blocked SIGPIPE, which stays blocked until those are left that were entered
 * in it; ECANCELED: SIGPIPE was not blocked any more, so not all writes were protected. */
EPIPE_NOPLT int epipe_scope_leave(struct epipe_scope *scope);

/* EPIPE_SCOPE { ... } is a scope around a block.  It is left by the block's end, and
 * by return, goto, break and continue (the last two leave the block, not a loop
 * around it).  errno after it is what the block left.  The block runs even where
 * epipe_scope_enter() fails, which it does in a sandbox only.  To the compiler it is a
 * loop, so a function that returns a value needs a return behind it, too. */
#define EPIPE_SCOPE EPIPE_SCOPE_1(__LINE__)
#define EPIPE_SCOPE_1(n) EPIPE_SCOPE_2(n)
#define EPIPE_SCOPE_2(n)                                                                    \
    for (struct epipe_scope epipe_scope_##n __attribute__((cleanup(epipe_scope_clean_up))), \
         *epipe_once_##n = epipe_scope_start(&epipe_scope_##n);                             \
         epipe_once_##n != NULL; epipe_once_##n = NULL)

/* EPIPE_GUARD; is a scope around what follows it in its block, and is no loop: return,
 * break, continue and goto leave it and do what they do elsewhere, and the compiler sees
 * that a function returns.  Otherwise as EPIPE_SCOPE.  It is a declaration, so a label or
 * a case needs a statement before it, and neither goto nor switch may jump over it.
 *
 * Both macros need the cleanup attribute of GCC and clang, and C99 or C++.  C89 and other
 * languages call epipe_scope_enter() and epipe_scope_leave(). */
#define EPIPE_GUARD EPIPE_GUARD_1(__LINE__)
#define EPIPE_GUARD_1(n) EPIPE_GUARD_2(n)
#define EPIPE_GUARD_2(n)                                                                  \
    struct epipe_scope epipe_guard_##n __attribute__((cleanup(epipe_scope_clean_up))),    \
        *epipe_guarded_##n __attribute__((unused)) = epipe_scope_start(&epipe_guard_##n)

static __inline struct epipe_scope *epipe_scope_start(struct epipe_scope *scope)
{
    epipe_scope_enter(scope);
    return scope;
}

/* For EPIPE_SCOPE and EPIPE_GUARD: leaves and keeps errno whatever comes. */
EPIPE_NOPLT void epipe_scope_clean_up(struct epipe_scope *scope);

/* ---- the handler -----------------------------------------------------------
 *
 * epipe_install() puts a SIGPIPE handler in place, with which an outermost scope
 * makes no system call.  Outside scopes what was there before acts as before: the
 * default action ends the process by SIGPIPE, a handler runs with its flags and
 * mask, an ignored signal stays ignored.  Calls are counted.  While SIGPIPE is
 * blocked, the signal of a write in a scope stays pending, and after the scope it
 * is what was there before that gets it.  The last epipe_uninstall() ends the
 * protection of scopes that were entered before it and are still open; so does setting
 * another disposition.  A handler that chains to the one that it found may do so after
 * epipe_uninstall(), too.  Not async-signal-safe. */

/* Returns 0, or -1 with errno EAGAIN: the process has no more keys for thread-specific
 * data; ENOSPC: over eight handlers the library's is in place already, because they were set
 * over it; or that of sigaction(2). */
int epipe_install(void);

/* Returns 0 (the last call puts back what epipe_install() found), 1 (as well, but
 * the program has set something else since then, which was left alone), or -1 with
 * errno EINVAL: there is no epipe_install() to undo; or that of sigaction(2), which
 * did not put it back. */
int epipe_uninstall(void);

/* ---- the whole process -----------------------------------------------------
 *
 * Between the first epipe_process_enter() and the last epipe_process_leave() no
 * write of any thread raises SIGPIPE; for programs that decide at the top of main(), and
 * for libraries that write from threads of their own.  Counted, and returning what install
 * and uninstall return.  Children inherit nothing.  A SIGPIPE from another process, and a
 * raise() or pthread_kill(), acts as before; so does a kill() of this thread to its own
 * process, but one that another thread made cannot be told from a write.  Not
 * async-signal-safe. */

/* For FLAGS: but for writes to what standard output and error are, which act as before, so
 * that `program | head` ends.  These are the pipe, one-way socket or start-up socket that
 * descriptor 1 or 2 is, or was at the first call with this flag, under whatever number; but
 * not the journal's socket, nor any other that gets the number later.  Holds while every
 * user since the first has asked for it: who asks for all writes gets all. */
enum { EPIPE_KEEP_STDIO = 1 };

/* EINVAL: an unknown flag. */
int epipe_process_enter(int flags);
int epipe_process_leave(void);

/* ---- children --------------------------------------------------------------
 *
 * A blocked mask survives exec, and so does an ignored signal. */

/* Between fork or vfork and exec: SIGPIPE at its default action and unblocked.
 * Async-signal-safe.  Returns 0, or -1 with that errno of sigaction(2) or sigprocmask(2) with
 * which a sandbox refuses them. */
int epipe_child_reset(void);

/* The same for posix_spawn: adds SIGPIPE to the attributes' default set, and takes
 * it out of their signal mask, which is the calling thread's if they had none.
 * Returns 0 or an error number, as the posix_spawnattr functions do; EINVAL:
 * ATTRIBUTES is NULL. */
int epipe_spawnattr(posix_spawnattr_t *attributes);

/* Closes every descriptor from LOWEST on, so that a daemon does not stay a reader
 * of pipes that it inherited.  Async-signal-safe.  Returns 0, or -1 with errno
 * EINVAL: LOWEST is negative. */
int epipe_close_from(int lowest);

/* ---- pipes -----------------------------------------------------------------
 *
 * No cancellation points; epipe_pipe() alone is async-signal-safe; all is close-on-exec. */

/* As pipe2(2), but that both ends are close-on-exec and have numbers above those of the
 * standard streams, even where these are closed.  Returns 0, or -1 with errno, and nothing is
 * open and FDS as it was: EFAULT: FDS is NULL; EMFILE: or there may be no number above; or
 * that of pipe2(2). */
int epipe_pipe(int fds[2], int flags);

/* A child process, or several in a pipeline, and both ways to talk with it; for one thread at
 * a time.  The children's ends are never in this process: once a child (and whoever it has
 * given them to) is gone, its pipes are broken, whatever other threads fork meanwhile. */
struct epipe_channel {
    pid_t pid;      /* the child's, in a pipeline the last one's; -1: not open */
    int send, recv; /* write to the first, read from the last; set to -1 if you close it */
    int pidfd;      /* see EPIPE_CHANNEL_PIDFD; -1: none */
    struct {
        int *results;
        size_t count;
        int close_timeout, is_group;
        void *reserved[4];
    } own; /* the library's */
};

/* How to start what a channel leads to.  SIZE is sizeof(struct epipe_channel_options); what is
 * 0 or NULL is as if there were no options. */
struct epipe_channel_options {
    size_t size;
    int flags; /* as below */
    /* epipe_channel_close() waits for so many milliseconds, then sends SIGTERM to what is
     * left, waits for the same time again, and sends SIGKILL; 0: it waits without a bound. */
    int close_timeout;
    char *const *envp;                 /* the environment; NULL: this process's */
    const char *directory;             /* to be in; NULL: this process's */
    const char *recv_name, *send_name; /* see EPIPE_CHANNEL_EXTRA */
};

enum {
    /* A single child's ends are not its standard input and output, which it has from this
     * process, but two other descriptors, whose numbers its environment tells: recv_name
     * (NULL: CHILD_RECV) to read from and send_name (NULL: CHILD_SEND) to write to. */
    EPIPE_CHANNEL_EXTRA = 1,
    /* Standard error of each is /dev/null; or what its end to write to is, as by 2>&1.
     * Without either flag it is this process's. */
    EPIPE_CHANNEL_STDERR_NULL = 2,
    EPIPE_CHANNEL_STDERR_PIPE = 4,
    /* They are a process group of their own, which the first one leads, and which is what
     * epipe_channel_close() sends its signals to. */
    EPIPE_CHANNEL_GROUP = 8,
    /* channel->pidfd refers to the process pid, where the kernel has that: see
     * pidfd_open(2).  It is closed with the channel. */
    EPIPE_CHANNEL_PIDFD = 16
};

/* Starts ARGV, which is looked for in PATH.  The child has SIGPIPE at its default and
 * unblocked, and of this process's descriptors 0, 1 and 2 but for those that its ends
 * replace.  CHANNEL need not be initialized, OPTIONS may be NULL.
 *
 * Returns 0 when the program runs, or -1 with errno; then CHANNEL is closed and there is
 * no child.  EINVAL: no CHANNEL, no ARGV, options of a smaller size, an unknown flag, both
 * flags for standard error, a negative timeout, or names without EPIPE_CHANNEL_EXTRA or that
 * are empty, equal or hold a '='; E2BIG: options of a larger size, those of a newer version;
 * EMFILE: too few descriptors, here or in the child; EPERM: a sandbox refuses sigaction(2) or
 * sigprocmask(2); EAGAIN: the child was killed on its way to the program; ENOMEM: no memory,
 * which is allocated for EPIPE_CHANNEL_EXTRA alone; or that of vfork(2), execve(2) or
 * chdir(2). */
int epipe_channel_open(struct epipe_channel *channel, char *const argv[],
                       const struct epipe_channel_options *options);

/* The same for COUNT programs, connected as epipe_pipeline_run() does it: CHANNEL writes to
 * the first and reads from the last.  RESULTS has room for COUNT numbers until the channel
 * is closed: their process IDs, and from then on their wait statuses, or -1 for each for
 * which epipe_channel_close() would return that.
 *
 * Also EINVAL: no STAGES, no RESULTS, COUNT is 0, or EPIPE_CHANNEL_EXTRA for more than one.
 * Where one could not be started, those before it have been killed by SIGKILL and waited
 * for, and the first -1 in RESULTS is that one. */
int epipe_pipeline_open(char *const *const *stages, size_t count, int *results,
                        struct epipe_channel *channel,
                        const struct epipe_channel_options *options);

/* Closes what the first child reads from, which then sees end of file, and leaves the rest
 * open.  Returns 0, or -1 with errno EINVAL: it is closed. */
int epipe_channel_end(struct epipe_channel *channel);

/* Closes what is open, and waits for the child, or all of a pipeline: without a bound, or as
 * close_timeout says.  Returns the wait status of the child, or of the last one; or -1 with
 * errno EINVAL: it is not open; ECHILD: others waited for it, or SIGCHLD is ignored. */
int epipe_channel_close(struct epipe_channel *channel);

/* Runs COUNT programs, each an argv that is looked for in PATH, standard output connected
 * to the next one's standard input, and waits for all of them.  The first reads this
 * process's standard input, the last writes to its output.  They have SIGPIPE at its
 * default and unblocked, and no other descriptors than 0, 1 and 2.
 *
 * Returns 0, with the wait status of each in RESULTS; or -1 with errno.  EINVAL: COUNT is
 * 0, there is no STAGES, no RESULTS, or an argv is NULL or empty; ECHILD: a -1 in RESULTS is a
 * stage for which epipe_channel_close() would say so; EMFILE, EPERM, EAGAIN, or that of vfork(2)
 * or execve(2), as for epipe_channel_open(): the stages before have been killed by SIGKILL, and
 * the first -1 in RESULTS is the one that failed. */
int epipe_pipeline_run(char *const *const *stages, size_t count, int *results);

#ifdef __cplusplus
}
#endif

#endif
