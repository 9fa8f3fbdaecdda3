/* SPDX-License-Identifier: MIT */
#include "proc-status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ssize_t read_path(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    ssize_t n = 1;

    text[0] = '\0';
    if (fd < 0)
        return -1;
    while (n > 0 && length < size - 1) {
        n = read(fd, text + length, size - 1 - length);
        length += n > 0 ? (size_t)n : 0;
    }
    text[length] = '\0';
    close(fd);
    return n < 0 ? -1 : (ssize_t)length;
}

ssize_t proc_read_file(pid_t pid, pid_t tid, const char *file, char *text, size_t size)
{
    char path[96];

    if (tid != 0)
        snprintf(path, sizeof path, "/proc/%d/task/%d/%s", pid, tid, file);
    else
        snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    return read_path(path, text, size);
}

void proc_read_line(const char *path, char *line, size_t size)
{
    read_path(path, line, size);
    line[strcspn(line, "\n")] = '\0';
}

struct proc_image proc_read_image(pid_t pid)
{
    enum { BEFORE = 24 }; /* fields behind the name, which may have blanks in it */
    struct proc_image image = {0};
    char text[1024];
    const char *at;

    proc_read_file(pid, 0, "stat", text, sizeof text);
    at = strrchr(text, ')');
    for (int i = 0; at != NULL && i < BEFORE; i++)
        at = strchr(at + 1, ' ');
    if (at != NULL)
        sscanf(at, "%llu %llu %llu", &image.start, &image.end, &image.stack);
    return image;
}

/* What follows "KEY:" and blanks at the beginning of a line of TEXT, or "". */
static const char *field(const char *text, const char *key)
{
    size_t length = strlen(key);

    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, key, length) == 0 && line[length] == ':')
            return line + length + 1 + strspn(line + length + 1, " \t");
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return "";
}

static long number(const char *text, const char *key)
{
    return strtol(field(text, key), NULL, 10);
}

static uint64_t set(const char *text, const char *key)
{
    return strtoull(field(text, key), NULL, 16);
}

void proc_status_parse(const char *text, struct proc_status *status)
{
    const char *name = field(text, "Name"), *pids = field(text, "NSpid");
    size_t end = strcspn(pids, "\n");

    *status = (struct proc_status){.letter = *field(text, "State")};
    snprintf(status->name, sizeof status->name, "%.*s", (int)strcspn(name, "\n"), name);
    while (end > 0 && pids[end - 1] >= '0' && pids[end - 1] <= '9')
        end--;
    status->pid = (int)strtol(pids + end, NULL, 10);
    status->is_kernel = number(text, "Kthread") != 0; /* since Linux 6.8 */
    status->uid = (uid_t)number(text, "Uid");
    status->tracer = (pid_t)number(text, "TracerPid");
    status->blocked = set(text, "SigBlk");
    status->ignored = set(text, "SigIgn");
    status->caught = set(text, "SigCgt");
    status->shared_pending = set(text, "ShdPnd");
    status->seccomp = (int)number(text, "Seccomp");
    status->filters = number(text, "Seccomp_filters");
    status->waits = number(text, "voluntary_ctxt_switches");
    /* Before 6.8 a kernel thread is told by what it has not: memory. */
    if (*field(text, "VmSize") == '\0' && status->letter != 'Z' && status->letter != 'X')
        status->is_kernel = true;
}

bool proc_status_read(pid_t pid, pid_t tid, struct proc_status *status)
{
    char text[8192]; /* all but Groups: is short */

    if (proc_read_file(pid, tid, "status", text, sizeof text) < 0) {
        if (errno == ENOENT)
            errno = ESRCH;
        return false;
    }
    proc_status_parse(text, status);
    return true;
}
