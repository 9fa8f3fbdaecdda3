/* SPDX-License-Identifier: MIT */
#include "list.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "exit-status.h"
#include "graft/machine.h"
#include "graft/proc-status.h"
#include "message.h"
#include "procfs.h"
#include "target.h"

enum danger { ENDANGERED, NO_CONNECTION, FIRST, BLOCKS, HANDLES, IGNORES };

struct entry {
    pid_t pid, thread; /* thread: see proc_status_read_living() */
    struct proc_status status;
    enum danger danger;
    unsigned sockets, pipes;
    char kind[16];
    const char *helps; /* where it is in danger */
};

static struct entry *entries;
static size_t count;

static struct { /* too large for a small stack */
    struct target target;
    struct shim shim;
} * room;

static size_t unread;    /* processes that could not be read */
static int unread_error; /* why, where it was not for lack of permission */

/* By errno; unless the process has ended. */
static void note_unread(void)
{
    if (errno == ESRCH || errno == ENOENT)
        return;
    unread++;
    if (errno != EACCES && errno != EPERM)
        unread_error = errno;
}

/* A FIFO that was opened by its path.  The link is followed without a question to a server, for
 * one of a network file system may not answer. */
static bool is_fifo(int fds, const char *name)
{
    struct stat st;

    return fstatat(fds, name, &st, AT_STATX_DONT_SYNC) == 0 && S_ISFIFO(st.st_mode);
}

/* Those above the standard streams.  False with errno if they cannot be read. */
static bool count_descriptors(struct entry *entry)
{
    const struct dirent *fd;
    char link[16];
    DIR *fds = opendir(proc_path(entry->thread, 0, "fd").text);
    bool done = fds != NULL;

    while (done && (fd = readdir(fds)) != NULL) {
        if (fd->d_name[0] == '.' || strtol(fd->d_name, NULL, 10) <= 2)
            continue;
        memset(link, 0, sizeof link);
        done = readlinkat(dirfd(fds), fd->d_name, link, sizeof link) >= 0 || errno == ENOENT;
        entry->sockets += memcmp(link, "socket:[", 8) == 0;
        entry->pipes += memcmp(link, "pipe:[", 6) == 0 ||
                        (link[0] == '/' && is_fifo(dirfd(fds), fd->d_name));
    }
    if (fds != NULL)
        closedir(fds);
    return done;
}

/* And what would help it, where it is in danger. */
static void find_kind(struct entry *entry)
{
    struct target *target = &room->target;
    const struct elf *elf = &target->elf;
    int fd = elf_open(proc_path(entry->thread, 0, "exe").text);
    bool can_attach, can_start;

    /* Its loader has been found once. */
    *target = (struct target){.is_elsewhere = true,
                              .caller = entry->status.uid,
                              .caller_group = entry->status.gid};
    if (fd >= 0) {
        target_read_fd(fd, target);
        close(fd);
    }
    snprintf(entry->kind, sizeof entry->kind, "%s%s",
             !elf->is_elf                 ? "?"
             : !elf->has_interpreter      ? "static"
             : elf->loader == LOADER_MUSL ? "musl"
                                          : "dynamic",
             elf->class == ELFCLASS32 && sizeof(long) == 8 ? "-32" : "");
    if (entry->danger != ENDANGERED)
        return;
    can_attach = machine_is_known(elf->class == ELFCLASS32, (unsigned)elf->machine);
    can_start = target_can_start(check_find_refusal(target, &room->shim));
    entry->helps = can_attach && can_start ? "attach, or restart by epipe"
                   : can_attach            ? "attach"
                   : can_start             ? "restart by epipe"
                                           : "see epipe --check";
}

/* In all of its threads; most do not in the first. */
static bool blocks(const struct entry *entry)
{
    unsigned all, blocking;

    return proc_status_has(entry->status.blocked, SIGPIPE) &&
           procfs_count_blocking(entry->thread, &all, &blocking) == 0 && blocking == all;
}

static enum danger judge(const struct entry *entry)
{
    if (proc_status_has(entry->status.ignored, SIGPIPE))
        return IGNORES;
    if (proc_status_has(entry->status.caught, SIGPIPE))
        return HANDLES;
    if (entry->status.pid == 1)
        return FIRST;
    if (entry->sockets + entry->pipes == 0)
        return NO_CONNECTION;
    return blocks(entry) ? BLOCKS : ENDANGERED;
}

/* False without memory. */
static bool add(pid_t pid)
{
    struct entry entry = {.pid = pid, .thread = pid};
    bool is_read = proc_status_read_living(&entry.thread, &entry.status);
    void *more;

    if (is_read && (entry.status.is_kernel || proc_status_has_ended(&entry.status)))
        return true;
    if (!is_read || !count_descriptors(&entry)) {
        note_unread();
        return true;
    }
    entry.danger = judge(&entry);
    find_kind(&entry);
    more = realloc(entries, (count + 1) * sizeof *entries);
    if (more == NULL)
        return false;
    entries = more;
    entries[count++] = entry;
    return true;
}

/* The endangered first, and of these those with most connections. */
static int compare(const void *one, const void *other)
{
    const struct entry *a = one, *b = other;

    if (a->danger != b->danger)
        return a->danger < b->danger ? -1 : 1;
    if (a->sockets + a->pipes != b->sockets + b->pipes)
        return a->sockets + a->pipes > b->sockets + b->pipes ? -1 : 1;
    return a->pid < b->pid ? -1 : 1;
}

/* Most processes are of few users, and a name may have to be asked for far away. */
static const char *user_name(uid_t uid)
{
    static uid_t last = (uid_t)-1;
    static char name[33];
    const struct passwd *user;

    if (uid != last) {
        user = getpwuid(uid);
        if (user != NULL)
            snprintf(name, sizeof name, "%s", user->pw_name);
        else
            snprintf(name, sizeof name, "%u", uid);
        last = uid;
    }
    return name;
}

static void print_entry(const struct entry *entry)
{
    static const char *const reasons[] = {
        [NO_CONNECTION] = "-: no socket or pipe",
        [FIRST] = "-: first process, which it does not kill",
        [BLOCKS] = "-: blocked",
        [HANDLES] = "-: handled",
        [IGNORES] = "-: ignored",
    };
    char name[sizeof entry->status.name];

    strcpy(name, entry->status.name);
    for (char *c = name; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?'; /* it goes to a terminal */
    printf("%7d %-10s %7u %5u %-10s %-15s %s\n", entry->pid, user_name(entry->status.uid),
           entry->sockets, entry->pipes, entry->kind, name,
           entry->danger == ENDANGERED ? entry->helps : reasons[entry->danger]);
}

/* False with errno. */
static bool add_all(void)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    bool done = proc != NULL && (room = calloc(1, sizeof *room)) != NULL;

    while (done && (errno = 0, entry = readdir(proc)) != NULL)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            atoi(entry->d_name) != getpid())
            done = add((pid_t)atoi(entry->d_name));
    if (proc != NULL)
        closedir(proc);
    return done && errno == 0;
}

int list_processes(bool all)
{
    const char *problem = proc_problem();

    if (problem == NULL && !add_all())
        problem = strerror(errno);
    if (problem != NULL) {
        print(stderr, "epipe", "--list: %s", problem);
        return EXIT_OWN_FAILURE;
    }
    qsort(entries, count, sizeof *entries, compare);
    printf("%7s %-10s %7s %5s %-10s %-15s %s\n", "PID", "USER", "SOCKETS", "PIPES", "KIND",
           "NAME", "WHAT HELPS");
    for (size_t i = 0; i < count; i++)
        if (all || entries[i].danger == ENDANGERED)
            print_entry(&entries[i]);
    if (unread > 0)
        printf("%zu could not be read: %s\n", unread,
               unread_error != 0 ? strerror(unread_error) : "permission denied");
    return 0;
}
