/* SPDX-License-Identifier: MIT
 *
 * What --check says.  The lines begin with a word and a colon, for programs to
 * read; the first one, the verdict, begins with the word that was asked about.
 */
#include "check.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exit-status.h"
#include "find-shim.h"
#include "message.h"
#include "proc-environ.h"
#include "procfs.h"
#include "target.h"

static int fail(int status, const char *word, const char *what, int error)
{
    print(stderr, "epipe", "%s%s%s: %s", word, *what ? ": " : "", what, strerror(error));
    return status;
}

static void print_elf(const struct elf *elf)
{
    static const char *const libc[] = {
        [LOADER_NONE] = "none",
        [LOADER_GLIBC] = "glibc",
        [LOADER_MUSL] = "musl",
        [LOADER_OTHER] = "neither glibc nor musl",
    };

    if (!elf->is_elf) {
        print(stdout, "kind", "neither ELF nor a script");
        return;
    }
    print(stdout, "kind", "%s%s, %d-bit %s%s", elf->has_interpreter ? "dynamic" : "static",
          !elf->has_interpreter && elf->is_pie ? "-pie" : "",
          elf->class == ELFCLASS64 ? 64 : 32, elf_machine(elf),
          elf->is_go ? ", with the Go runtime" : "");
    if (elf->interpreter[0] != '\0')
        print(stdout, "loader", "%s (%s)", elf->interpreter, libc[elf->loader]);
    if (elf->sanitizer[0] != '\0')
        print(stdout, "sanitizer", "%s, which epipe puts before the shim", elf->sanitizer);
}

static void print_files(const struct target *target)
{
    print(stdout, "file", "%s", target->file);
    if (target->is_script)
        print(stdout, "interpreter", "%s", target->path);
    print_elf(&target->elf);
}

static void print_alternatives(enum target_refusal refusal, const char *program)
{
    if (refusal == TARGET_BROKEN || refusal == TARGET_NO_LOADER)
        return;
    if (refusal == TARGET_SETUID)
        print(stdout, "try", "run it as its owner, where that can be");
    if (refusal == TARGET_SETUID || refusal == TARGET_CAPABILITIES)
        print(stdout, "try",
              "name the shim in /etc/ld.so.preload: for every program of the system");
    if (refusal == TARGET_OTHER_ABI)
        print(stdout, "try", "build libepipe for that architecture");
    if (refusal == TARGET_OTHER_LIBC)
        print(stdout, "try", "build libepipe --with-musl");
    print(stdout, "try",
          "epipe --fallback=ignore %s: SIGPIPE is ignored, by its children too", program);
    print(stdout, "try", "IgnoreSIGPIPE=yes in its systemd unit: the same");
    print(stdout, "try", "link it with libepipe, where it can be built anew");
}

static bool inherits_ignore(void)
{
    struct sigaction action;

    return sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void print_verdict(const char *word, enum target_refusal refusal)
{
    if (refusal == TARGET_OK)
        print(stdout, word, "supported");
    else
        print(stdout, word, "not supported: it %s", target_explain(refusal));
}

static enum target_refusal find_refusal(const struct target *target, struct shim *shim)
{
    enum target_refusal refusal;

    if (!find_shim(&target->elf, shim) || !elf_at(shim->path).is_elf)
        return TARGET_SHIM_BROKEN;
    refusal = target_check(target, shim);
    return refusal == TARGET_OK && target_lacks_loader(target) ? TARGET_NO_LOADER : refusal;
}

static int check_program(const char *word)
{
    struct shim shim;
    struct target target;
    int error = target_read(word, &target);
    enum target_refusal refusal;

    if (error == 0 && (access(target.file, X_OK) != 0 || access(target.path, X_OK) != 0))
        error = errno;
    if (error != 0)
        return fail(error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE, word,
                    target.is_script ? target.path : "", error);
    if (target.is_unreadable)
        return fail(EXIT_OWN_FAILURE, word, target.path, EACCES);
    refusal = find_refusal(&target, &shim);
    if (refusal == TARGET_SHIM_BROKEN)
        return fail(EXIT_OWN_FAILURE, word, shim.path, ELIBBAD);
    if (inherits_ignore() && refusal != TARGET_BROKEN && refusal != TARGET_NO_LOADER) {
        print(stdout, word, "not needed: it inherits that SIGPIPE is ignored");
        print_files(&target);
        print(stdout, "otherwise", refusal == TARGET_OK ? "supported" : "it %s",
              target_explain(refusal));
        return CHECK_NEED_NOT;
    }
    if (target.elf.is_go) {
        print(stdout, word,
              "not needed: Go's runtime makes EPIPE of it, but on descriptors "
              "1 and 2");
        print_files(&target);
        return CHECK_NEED_NOT;
    }
    print_verdict(word, refusal);
    print_files(&target);
    if (refusal != TARGET_OK) {
        print_alternatives(refusal, word);
        return CHECK_CANNOT;
    }
    print(stdout, "try", "epipe %s", word);
    return CHECK_CAN;
}

static void print_setting(const char *entry)
{
    enum { MOST = 1100 }; /* no setting that the shim takes is longer */

    print(stdout, "started with", "%.*s%s", MOST, entry, strlen(entry) > MOST ? "..." : "");
}

static void print_settings(const struct process *process)
{
    int count = proc_environ_settings(process->number, print_setting);

    if (count == 0)
        print(stdout, "started with", "no setting");
    else if (count < 0 && errno == EFBIG)
        print(stdout, "started with", "an environment that is too large to be read to its end");
    else if (count < 0)
        print(stdout, "started with", "an environment that cannot be read: %s",
              strerror(errno));
}

/* The verdict on a process, from its disposition first: that is what counts. */
static int judge_process(const struct process *process, const char *subject,
                         enum target_refusal refusal)
{
    bool has_shim = process->shim[0] != '\0';

    if (!process->has_program) {
        print(stdout, subject, "not supported: %s",
              process->has_ended ? "it has ended already" : "it is a thread of the kernel");
        return CHECK_CANNOT;
    }
    if (process->ignores)
        print(stdout, subject, "not needed: it ignores SIGPIPE");
    else if (process->catches && has_shim)
        print(stdout, subject, "not needed: it is protected by the shim");
    else if (process->catches && refusal == TARGET_OK) {
        print(stdout, subject, "may be supported: its handler for SIGPIPE may end it");
        print(stdout, "try", "start it by epipe --handlers=override");
        return CHECK_CAN;
    } else if (process->catches)
        print(stdout, subject, "not needed: it has a handler for SIGPIPE");
    else if (process->blocking == process->threads)
        print(stdout, subject, "not needed: it blocks SIGPIPE");
    else if (has_shim) {
        print(stdout, subject, "not supported: it has the shim, and took its handler away");
        return CHECK_CANNOT;
    } else if (refusal == TARGET_OK) {
        print(stdout, subject, "supported, once it is started again");
        return CHECK_CAN;
    } else {
        print(stdout, subject, "not supported: it %s", target_explain(refusal));
        return CHECK_CANNOT;
    }
    return CHECK_NEED_NOT;
}

static void print_process(const struct process *process)
{
    print(stdout, "file", "%s", process->target.path);
    print(stdout, "SIGPIPE", "%s",
          process->ignores    ? "ignored"
          : !process->catches ? "default action"
          : process->shim[0]  ? "caught by the shim, or by a handler of its own"
                              : "caught by a handler of its own");
    print(stdout, "blocked", "by %u of %u threads", process->blocking, process->threads);
    print(stdout, "shim", "%s", process->shim[0] ? process->shim : "not loaded");
}

static int check_process(const char *word)
{
    struct shim shim;
    struct process process;
    char unread[96];
    char subject[128];
    int error = procfs_read(word, &process, unread);
    enum target_refusal refusal;
    int status;

    if (error != 0)
        return fail(EXIT_OWN_FAILURE, word, unread, error);
    refusal = find_refusal(&process.target, &shim);
    if (refusal == TARGET_SHIM_BROKEN)
        return fail(EXIT_OWN_FAILURE, word, shim.path, ELIBBAD);
    snprintf(subject, sizeof subject, "%.32s (%s)", word, process.name);
    status = judge_process(&process, subject, refusal);
    if (!process.has_program)
        return status;
    print_process(&process);
    if (process.shim[0] != '\0')
        print_settings(&process);
    print_elf(&process.target.elf);
    if (process.is_elsewhere)
        print(stdout, "note", "it runs in another file system, where the shim must be as well");
    if (status == CHECK_CAN)
        print(stdout, "try", "start it by epipe; nothing can be put into a process that runs");
    else if (status == CHECK_CANNOT && process.shim[0] == '\0')
        print_alternatives(refusal, process.name);
    return status;
}

int check(const char *word)
{
    if (*word != '\0' && word[strspn(word, "0123456789")] == '\0')
        return check_process(word);
    return check_program(word);
}
