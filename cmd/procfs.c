/* SPDX-License-Identifier: MIT */
#include "procfs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct proc_path path_of(const struct process *process, const char *file)
{
    return proc_path(process->thread, 0, file);
}

static int read_status(struct process *process)
{
    const struct proc_status *status = &process->status;

    if (!proc_status_read_living(&process->thread, &process->status))
        return errno;
    process->target.caller = status->uid;
    process->target.caller_group = status->gid;
    process->ignores = proc_status_has(status->ignored, SIGPIPE);
    process->catches = proc_status_has(status->caught, SIGPIPE);
    return 0;
}

int procfs_count_blocking(pid_t pid, unsigned *all, unsigned *blocking)
{
    DIR *threads = proc_open_threads(pid);
    struct proc_status status;
    pid_t tid;

    if (threads == NULL)
        return errno;
    *all = *blocking = 0;
    while ((tid = proc_next_thread(pid, threads)) != 0) {
        if (!proc_status_read(pid, tid, &status) || proc_status_has_ended(&status))
            continue;
        ++*all;
        *blocking += proc_status_has(status.blocked, SIGPIPE);
    }
    closedir(threads);
    return 0;
}

static int read_masks(struct process *process)
{
    return procfs_count_blocking(process->thread, &process->threads, &process->blocking);
}

static int read_maps(struct process *process)
{
    FILE *maps = fopen(path_of(process, "maps").text, "re");
    char *line = NULL;
    size_t size = 0;
    int error;

    if (maps == NULL)
        return errno;
    while (getline(&line, &size, maps) >= 0) {
        const char *path = strchr(line, '/'); /* behind five columns without one */
        unsigned long long start, end;
        char mode[5];

        line[strcspn(line, "\n")] = '\0';
        if (path == NULL || !proc_is_shim(path))
            continue;
        snprintf(process->shim, sizeof process->shim, "%s", path);
        if (sscanf(line, "%llx-%llx %4s", &start, &end, mode) == 3 && mode[1] == 'w') {
            process->shim_data = start;
            process->shim_data_size = (size_t)(end - start);
        }
    }
    error = ferror(maps) ? errno : 0;
    free(line);
    fclose(maps);
    return error;
}

/* The program, by its descriptor: its path may be gone, or another file by now. */
static int read_program(struct process *process)
{
    struct target *target = &process->target;
    struct proc_path exe = path_of(process, "exe");
    int fd, error;

    if (!process->status.has_memory)
        return 0;
    /* No NUL is written, but all of it was zero. */
    if (readlink(exe.text, target->path, sizeof target->path - 1) < 0)
        return errno;
    fd = elf_open(exe.text);
    if (fd < 0)
        return errno;
    error = target_read_fd(fd, target);
    close(fd);
    return error;
}

static bool same_file(const char *one, const char *other)
{
    struct stat a, b;

    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

int procfs_read(const char *word, struct process *process, char unread[static 96])
{
    static const struct {
        const char *file;
        int (*read)(struct process *);
    } steps[] = {{"status", read_status},
                 {"task", read_masks},
                 {"maps", read_maps},
                 {"exe", read_program}};

    unsigned long number = strtoul(word, NULL, 10); /* ULONG_MAX for what is larger */

    *process = (struct process){0};
    unread[0] = '\0';
    process->pid = process->thread = number <= INT_MAX ? (pid_t)number : 0;
    if (process->pid == 0)
        return ESRCH;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        int error = steps[i].read(process);

        if (error == 0)
            continue;
        if (error == ESRCH ||
            (access(path_of(process, "stat").text, F_OK) != 0 && errno == ENOENT))
            return ESRCH;
        snprintf(unread, 96, "%s", path_of(process, steps[i].file).text);
        return error;
    }
    process->is_elsewhere =
        !same_file(path_of(process, "ns/mnt").text, "/proc/self/ns/mnt") ||
        !same_file(path_of(process, "root").text, "/");
    process->target.is_elsewhere = process->is_elsewhere;
    return 0;
}
