/* SPDX-License-Identifier: MIT */
#include "target-stdio.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc-status.h"

struct stream {
    struct fdstat object;
    bool is_for_writing;
};

static bool read_stream(pid_t pid, const char *fd, struct stream *stream)
{
    char file[24];
    struct proc_path path;
    struct stat link;

    snprintf(file, sizeof file, "fd/%.20s", fd);
    path = proc_path(pid, 0, file);
    if (epipe_fdstat_path(path.text, true, &stream->object) != 0 || lstat(path.text, &link) != 0)
        return false;
    stream->is_for_writing = (link.st_mode & S_IWUSR) != 0; /* as it was opened */
    return true;
}

/* The value of JOURNAL_STREAM in its environment as exec left it, or NULL.  TEXT is
 * allocated. */
static const char *journal_stream(pid_t pid, char **text)
{
    enum { MOST = 1 << 21 };
    static const char name[] = "JOURNAL_STREAM=";
    ssize_t size;

    *text = malloc(MOST);
    if (*text == NULL || (size = proc_read_file(pid, 0, "environ", *text, MOST)) < 0)
        return NULL;
    for (const char *entry = *text; entry < *text + size; entry += strlen(entry) + 1)
        if (strncmp(entry, name, sizeof name - 1) == 0)
            return entry + sizeof name - 1;
    return NULL;
}

/* Its other end is asked by a copy of the descriptor, since Linux 5.6; of a thread whose process's
 * first one has ended, since Linux 6.9. */
static bool is_journal(pid_t pid, int fd, const char *journal, const struct fdstat *object)
{
    enum { OF_THREAD = O_EXCL }; /* PIDFD_THREAD */
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    int process = pidfd >= 0 ? pidfd : (int)syscall(SYS_pidfd_open, pid, OF_THREAD);
    int copy = process >= 0 ? (int)syscall(SYS_pidfd_getfd, process, fd, 0) : -1;
    bool result = epipe_keep_is_journal(journal, object, copy);

    if (copy >= 0)
        close(copy);
    if (process >= 0)
        close(process);
    return result;
}

static void read_inherited(pid_t pid, struct keep *keep)
{
    const struct dirent *entry;
    DIR *descriptors = opendir(proc_path(pid, 0, "fd").text);

    while (descriptors != NULL && keep->inherited_count < KEEP_INHERITED &&
           (entry = readdir(descriptors)) != NULL) {
        struct stream stream;

        if (entry->d_name[0] != '.' && read_stream(pid, entry->d_name, &stream) &&
            S_ISFIFO(stream.object.mode) && stream.is_for_writing)
            keep->inherited[keep->inherited_count++] = stream.object;
    }
    if (descriptors != NULL)
        closedir(descriptors);
}

void target_stdio(pid_t pid, bool is_start, const struct keep_rule *rule, struct keep *keep)
{
    static const char *const numbers[] = {"0", "1", "2"};
    struct stream streams[3];
    bool is_there[3];
    const char *journal;
    char *environment;

    *keep = (struct keep){.rule = *rule};
    keep->replaced = true; /* nobody tells of it */
    journal = journal_stream(pid, &environment);
    for (int fd = 0; fd <= 2; fd++)
        is_there[fd] = read_stream(pid, numbers[fd], &streams[fd]);
    for (int fd = 1; fd <= 2; fd++) {
        const struct fdstat *object = &streams[fd].object;

        if (!is_there[fd])
            continue;
        keep->at_start[fd] = *object;
        if (S_ISFIFO(object->mode))
            keep->kept_at_start[fd] = streams[fd].is_for_writing;
        else if (S_ISSOCK(object->mode) && !(object->mode & S_IRUSR))
            keep->kept_at_start[fd] = true;
        else if (S_ISSOCK(object->mode) && !is_journal(pid, fd, journal, object))
            for (int other = 0; other <= 2; other++)
                keep->kept_at_start[fd] |=
                    is_start || (other != fd && is_there[other] &&
                                 epipe_fdstat_is_same(object, &streams[other].object));
    }
    free(environment);
    if (rule->inherited)
        read_inherited(pid, keep);
}

bool target_stdio_is_journal(pid_t pid, int fd, const struct fdstat *object)
{
    char *environment;
    bool result = is_journal(pid, fd, journal_stream(pid, &environment), object);

    free(environment);
    return result;
}
