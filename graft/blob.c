/* SPDX-License-Identifier: MIT
 *
 * blob.c is what is copied into the target: a SIGPIPE handler that judges as the shim's
 * does, and its way back.  No libc, no thread-local storage, no memory but its pages.
 */
#include <signal.h>

#include "lib/core/sigpipe.h"
#include "lib/core/syscall.h"
#include "lib/core/ucontext.h"
#include "page.h"

#define STRING(x) #x
#define VALUE(x) STRING(x)

extern const struct graft_page graft_start __attribute__((visibility("hidden")));

void graft_handler(int signal, siginfo_t *info, void *context);

/* The header.  On x86-64 also the very code by which debuggers and unwinders know a signal
 * frame; on i386 the kernel's own is used, since programs there read their restorer's flag
 * back without its address. */
__asm__(".pushsection .graft.head, \"a\"\n"
        ".globl graft_start\n.hidden graft_start\n"
        "graft_start: .quad " VALUE(
            GRAFT_MAGIC_NUMBER) "\n"
                                ".long graft_handler - graft_start\n"
#ifdef __x86_64__
                                ".long graft_restorer - graft_start\n"
#else
                                ".long 0\n"
#endif
                                ".long graft_end - graft_start\n"
                                ".zero " VALUE(
                                    GRAFT_HEADER) " - 20\n"
                                                  ".popsection\n"
#ifdef __x86_64__
                                                  ".pushsection .text\n.balign 16\nnop\n"
                                                  "graft_restorer: mov $15, "
                                                  "%rax\nsyscall\n.popsection\n"
#endif
);

static struct graft_data *data(void)
{
    return (struct graft_data *)((uintptr_t)&graft_start + graft_start.data);
}

/* A stale half would be seen at worst, once in 4 billion. */
static void count(graft_u64 *counter)
{
    uint32_t *halves = (uint32_t *)counter;

    if (__atomic_add_fetch(&halves[0], 1, __ATOMIC_RELAXED) == 0)
        __atomic_fetch_add(&halves[1], 1, __ATOMIC_RELAXED);
}

static bool may_fstat(void)
{
    return !(graft_start.flags & GRAFT_NO_FDSTAT);
}

/* By the number alone where the sandbox kills for fstat and its like. */
static bool is_kept(const struct broken_write *broken)
{
    const struct keep *keep = &graft_start.keep;

    if (!may_fstat())
        return ((broken->fd == 1 || broken->fd == 2) && keep->rule.stdio) ||
               keep_lists(&keep->rule, broken->fd);
    return epipe_keep_holds(keep, broken->fd);
}

/* A short count is a write's; of its descriptor it says nothing without fstat. */
static bool is_from_write(const siginfo_t *info, const void *context, struct broken_write *broken)
{
    struct sigpipe_facts facts = {.pid = graft_start.pid};
    struct decoded_context o = ucontext_read(context);

    if (!may_fstat() && o.after_syscall && o.result > 0) {
        *broken =
            (struct broken_write){.fd = o.first_kept ? (int)o.arg0 : -1, .context = context};
        return info->si_code == SI_USER && info->si_pid == graft_start.pid;
    }
    /* In a child that was forked, perhaps in a handler on top of its parent's write. */
    if (info->si_code == SI_USER && info->si_pid != facts.pid &&
        raw_syscall(SYS_getpid, 0, 0, 0, 0) != facts.pid)
        facts.pid = 0;
    return epipe_sigpipe_is_from_write(info, context, &facts, broken);
}

void graft_handler(int signal, siginfo_t *info, void *context)
{
    struct broken_write broken;

    (void)signal;
    if (!is_from_write(info, context, &broken)) {
        count(&data()->foreign);
    } else if (!is_kept(&broken)) {
        count(&data()->swallowed);
        return;
    } else {
        count(&data()->kept);
    }
    epipe_sigpipe_reraise_default(NULL);
}
