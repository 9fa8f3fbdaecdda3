/* SPDX-License-Identifier: MIT
 *
 * The lines begin with a word and a colon, for programs to read; the first one, the
 * verdict, begins with the word that was asked about.
 */
#include "check.h"

#include <elf.h>
#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exit-status.h"
#include "find-shim.h"
#include "graft/proc-status.h"
#include "message.h"
#include "target.h"

int check_fail(int status, const char *word, const char *what, int error)
{
    print(stderr, "epipe", "%s%s%s: %s", word, *what ? ": " : "", what, strerror(error));
    return status;
}

void check_print_elf(const struct elf *elf)
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
    check_print_elf(&target->elf);
}

void check_print_alternatives(enum target_refusal refusal, const char *program)
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
    else if (refusal == TARGET_ENTERED)
        print(stdout, word, "supported: it %s", target_explain(refusal));
    else
        print(stdout, word, "not supported: it %s", target_explain(refusal));
}

enum target_refusal check_find_refusal(const struct target *target, struct shim *shim)
{
    enum target_refusal refusal;

    if (!find_shim(&target->elf, shim) || !elf_at(shim->path).is_elf)
        return TARGET_SHIM_BROKEN;
    refusal = target_check(target, shim);
    return refusal == TARGET_OK && target_lacks_loader(target) ? TARGET_NO_LOADER : refusal;
}

/* The runtime that ignores SIGPIPE: by the libraries; where it is one file, by the name; of
 * what stands in the program itself, by the compiler. */
static const char *runtime_of(const struct target *target)
{
    static const char *const names[][2] = {
        {"python3*", "Python"}, {"node", "Node.js"}, {"nodejs", "Node.js"}};
    const char *name = strrchr(target->path, '/');

    for (size_t i = 0; name != NULL && i < sizeof names / sizeof *names; i++)
        if (fnmatch(names[i][0], name + 1, 0) == 0)
            return names[i][1];
    if (target->elf.runtime == NULL && elf_has_comment(target->path, "rustc version "))
        return "Rust";
    return target->elf.runtime;
}

static int check_program(const char *word)
{
    struct shim shim;
    struct target target;
    int error = target_read(word, &target);
    enum target_refusal refusal;
    const char *runtime;

    if (target.fd >= 0)
        close(target.fd);
    if (error == 0 && (access(target.file, X_OK) != 0 || access(target.path, X_OK) != 0))
        error = errno;
    if (error != 0)
        return check_fail(error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE, word,
                          target.is_script ? target.path : "", error);
    if (target.is_unreadable)
        return check_fail(EXIT_OWN_FAILURE, word, target.path, EACCES);
    refusal = check_find_refusal(&target, &shim);
    if (refusal == TARGET_SHIM_BROKEN)
        return check_fail(EXIT_OWN_FAILURE, word, shim.path, ELIBBAD);
    if (refusal == TARGET_ENTERED && proc_problem() != NULL)
        refusal = TARGET_UNTRACEABLE;
    if (inherits_ignore() && refusal != TARGET_BROKEN && refusal != TARGET_NO_LOADER) {
        print(stdout, word, "not needed: it inherits that SIGPIPE is ignored");
        print_files(&target);
        print_verdict("otherwise", refusal);
        return CHECK_NEED_NOT;
    }
    if (target.elf.is_go) {
        print(stdout, word,
              "not needed: Go's runtime makes EPIPE of it, but on descriptors "
              "1 and 2");
        if (target.elf.needs_library)
            print(stdout, "note",
                  "of C code only in Go's threads; otherwise try epipe "
                  "--handlers=override %s",
                  word);
        print_files(&target);
        return CHECK_NEED_NOT;
    }
    print_verdict(word, refusal);
    runtime = runtime_of(&target);
    if (runtime != NULL)
        print(stdout, "note", "probably not needed: the runtime of %s ignores SIGPIPE",
              runtime);
    print_files(&target);
    if (!target_can_start(refusal)) {
        check_print_alternatives(refusal, word);
        return CHECK_CANNOT;
    }
    print(stdout, "try", "epipe %s", word);
    return CHECK_CAN;
}

static bool is_process(const char *word)
{
    return word != NULL && *word != '\0' && word[strspn(word, "0123456789")] == '\0';
}

int check(char *const words[])
{
    int worst = 0;

    if (!is_process(*words))
        return check_program(*words);
    for (; *words != NULL; words++) {
        int status = is_process(*words) ? check_process(*words) : check_program(*words);

        worst = status > worst ? status : worst;
    }
    return worst;
}
