/* SPDX-License-Identifier: MIT
 *
 * check-process.c tells whether and how a running process can be protected: --check PID.
 */
#include "check.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "exit-status.h"
#include "graft/attached.h"
#include "graft/machine.h"
#include "graft/target-stdio.h"
#include "message.h"
#include "preload/counters.h"
#include "preload/settings.h"
#include "proc-environ.h"
#include "procfs.h"
#include "shim-counters.h"

/* The verdict on a process, from its disposition first: that is what counts. */
static int judge_process(const struct process *process, const char *subject,
                         enum target_refusal refusal, bool is_attached)
{
    const struct elf *elf = &process->target.elf;
    bool has_shim = process->shim[0] != '\0';
    bool can_start = target_can_start(refusal);

    if (!process->status.has_memory) {
        print(stdout, subject, "not supported: %s",
              process->status.is_kernel ? "it is a thread of the kernel"
                                        : "it has ended already");
        return CHECK_CANNOT;
    }
    if (process->ignores)
        print(stdout, subject, "not needed: it ignores SIGPIPE");
    else if (process->catches && has_shim)
        print(stdout, subject, "not needed: it is protected by the shim");
    else if (process->catches && is_attached)
        print(stdout, subject,
              "not needed: it is protected by an attach, or by a handler of its own");
    else if (process->catches && refusal == TARGET_OK) {
        print(stdout, subject, "may be supported: its handler for SIGPIPE may end it");
        print(stdout, "try", "start it by epipe --handlers=override");
        return CHECK_CAN;
    } else if (process->catches)
        print(stdout, subject, "not needed: it has a handler for SIGPIPE");
    else if (process->status.pid == 1)
        print(stdout, subject,
              "not needed: it is the first process of its PID namespace, which the kernel "
              "spares");
    else if (process->blocking == process->threads)
        print(stdout, subject, "not needed: it blocks SIGPIPE");
    else if (has_shim) {
        print(stdout, subject, "not supported: it has the shim, and took its handler away");
        return CHECK_CANNOT;
    } else if (machine_is_known(elf->class == ELFCLASS32, (unsigned)elf->machine)) {
        print(stdout, subject, "supported, by an attach%s",
              can_start ? " or once it is started again" : "");
        print(stdout, "try", "epipe --attach %d%s", process->pid,
              can_start ? ", or start it by epipe" : "");
        return CHECK_CAN;
    } else if (can_start) {
        print(stdout, subject, "supported, once it is started again");
        print(stdout, "try", "start it by epipe");
        return CHECK_CAN;
    } else {
        print(stdout, subject, "not supported: it %s", target_explain(refusal));
        return CHECK_CANNOT;
    }
    return CHECK_NEED_NOT;
}

static void print_attached(const struct attached *attached, bool is_caught)
{
    char since[32] = "";

    strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S", localtime(&attached->since));
    print(stdout, is_caught ? "attached" : "was attached",
          "since %s; %" PRIu64 " swallowed, %" PRIu64 " kept, %" PRIu64 " not by a write",
          since, attached->swallowed, attached->kept, attached->foreign);
}

static void print_process(const struct process *process, bool is_attached)
{
    print(stdout, "file", "%s", process->target.path);
    print(stdout, "SIGPIPE", "%s",
          process->ignores    ? "ignored"
          : !process->catches ? "default action"
          : process->shim[0]  ? "caught by the shim, or by a handler of its own"
          : is_attached       ? "caught by an attach, or by a handler of its own"
                              : "caught by a handler of its own");
    print(stdout, "blocked", "by %u of %u threads", process->blocking, process->threads);
    print(stdout, "shim", "%s", process->shim[0] ? process->shim : "not loaded");
}

/* What standard output and error are, and what becomes of a write that finds them broken:
 * OTHERWISE, unless RULE keeps the default action. */
static void print_streams(const struct process *process, const struct keep_rule *rule,
                          const char *otherwise)
{
    static const char *const names[] = {[1] = "standard output", [2] = "standard error"};
    pid_t pid = process->thread;
    struct keep keep;

    target_stdio(pid, false, rule, &keep);
    for (int fd = 1; fd <= 2; fd++) {
        const struct fdstat *object = &keep.at_start[fd];
        bool is_kept =
            keep.kept_at_start[fd] && (rule->stdio || keep_lists(rule, fd) ||
                                       (rule->inherited && S_ISFIFO(object->mode)));
        bool is_journal = S_ISSOCK(object->mode) && target_stdio_is_journal(pid, fd, object);
        const char *file = fd == 1 ? "fd/1" : "fd/2";
        char link[256];
        ssize_t length = readlink(proc_path(pid, 0, file).text, link, sizeof link - 1);

        link[length > 0 ? length : 0] = '\0';
        print(stdout, names[fd], "%s%s%s", length > 0 ? link : "not open, or not to be read",
              is_journal ? ", the journal's" : "",
              !S_ISFIFO(object->mode) && !S_ISSOCK(object->mode) ? ""
              : is_kept && *otherwise != '\0'
                  ? "; kills when it breaks, unless epipe has --keep=stages"
                  : otherwise);
    }
}

/* Of the shim in the process, which asks for no kind without need; RULE is what it keeps. */
static void print_counters(const struct process *process, struct keep_rule *rule)
{
    struct counters counters;
    uint64_t of[COUNTERS_KINDS];
    unsigned keeps;

    if (!shim_counters_read(process, &counters, &keeps))
        return;
    for (int kind = 0; kind < COUNTERS_KINDS; kind++)
        of[kind] = counters.swallowed[kind].value;
    print(stdout, "signals",
          "%" PRIu64 " swallowed (pipe %" PRIu64 ", socket %" PRIu64 ", other or not "
          "asked %" PRIu64 "), %lu let through, since it was executed or forked",
          of[COUNTERS_PIPE] + of[COUNTERS_SOCKET] + of[COUNTERS_OTHER], of[COUNTERS_PIPE],
          of[COUNTERS_SOCKET], of[COUNTERS_OTHER], counters.let_through.value);
    *rule = (struct keep_rule){.stdio = keeps & COUNTERS_STDIO,
                               .inherited = keeps & COUNTERS_INHERITED};
    if (keeps & COUNTERS_FD_1)
        rule->numbers[rule->count++] = 1;
    if (keeps & COUNTERS_FD_2)
        rule->numbers[rule->count++] = 2;
}

int check_process(const char *word)
{
    struct shim shim;
    struct process process;
    char unread[96];
    char subject[128];
    const char *problem = proc_problem();
    int error;
    enum target_refusal refusal;
    struct attached attached;
    struct keep_rule rule = settings_default.keep;
    bool is_attached, is_ours;
    int status;

    if (problem != NULL) {
        print(stderr, "epipe", "%s: %s", word, problem);
        return EXIT_OWN_FAILURE;
    }
    error = procfs_read(word, &process, unread);
    if (error != 0)
        return check_fail(EXIT_OWN_FAILURE, word, unread, error);
    is_attached = attached_read(process.thread, &attached);
    refusal = check_find_refusal(&process.target, &shim);
    if (refusal == TARGET_SHIM_BROKEN)
        return check_fail(EXIT_OWN_FAILURE, word, shim.path, ELIBBAD);
    snprintf(subject, sizeof subject, "%.32s (%s)", word, process.status.name);
    status = judge_process(&process, subject, refusal, is_attached);
    if (!process.status.has_memory)
        return status;
    print_process(&process, is_attached);
    if (is_attached)
        print_attached(&attached, process.catches);
    is_ours = process.catches && (process.shim[0] != '\0' || is_attached);
    if (process.shim[0] != '\0') {
        environ_print(process.thread);
        print_counters(&process, &rule);
    } else if (is_ours) {
        rule = attached.rule;
    }
    print_streams(&process, &rule,
                  is_ours                                   ? "; protected"
                  : status == CHECK_CAN && !process.catches ? "; protected under epipe"
                                                            : "");
    check_print_elf(&process.target.elf);
    if (process.is_elsewhere)
        print(stdout, "note", "it runs in another file system, where the shim must be as well");
    if (status == CHECK_CANNOT && process.shim[0] == '\0')
        check_print_alternatives(refusal, process.status.name);
    return status;
}
