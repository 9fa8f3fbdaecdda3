/* SPDX-License-Identifier: MIT
 *
 * Reads /proc/PID.  The process goes on in the meantime, and may end.
 */
#include "procfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/number.h"

/* A path below /proc/PID; any real number fits. */
struct proc_path {
    char text[96];
};

static struct proc_path proc_path(const struct process *process, const char *file)
{
    struct proc_path path;

    snprintf(path.text, sizeof path.text, "/proc/%s/%.64s", process->number, file);
    return path;
}

static FILE *open_file(const struct process *process, const char *file)
{
    return fopen(proc_path(process, file).text, "re");
}

bool procfs_mask_has_sigpipe(const char *hex)
{
    enum { DIGITS = 8 }; /* of the first 32 signals, which come last */
    size_t length = strspn(hex, "0123456789abcdef");

    if (length > DIGITS)
        hex += length - DIGITS;
    return number_read(&hex, 16) >> (SIGPIPE - 1) & 1;
}

/* What follows "NAME:" and blanks in LINE, or NULL. */
static const char *field(const char *line, const char *name)
{
    size_t length = strlen(name);

    if (strncmp(line, name, length) != 0 || line[length] != ':')
        return NULL;
    return line + length + 1 + strspn(line + length + 1, " \t");
}

/* The last of the numbers is that in the innermost namespace. */
static bool is_first_pid(const char *numbers)
{
    const char *last = strrchr(numbers, '\t');

    last = last != NULL ? last + 1 : numbers;
    return number_read(&last, 10) == 1;
}

static int read_status(struct process *process)
{
    FILE *status = open_file(process, "status");
    char line[4096]; /* Groups: may be longer, and is then read in parts */
    const char *value;
    int error;

    if (status == NULL)
        return errno;
    while (fgets(line, sizeof line, status) != NULL) {
        if ((value = field(line, "Name")) != NULL)
            snprintf(process->name, sizeof process->name, "%.*s",
                     (int)strcspn(value, "\n"), value);
        else if ((value = field(line, "State")) != NULL)
            process->has_ended = *value == 'Z';
        else if ((value = field(line, "Uid")) != NULL)
            process->target.caller = (uid_t)number_read(&value, 10);
        else if ((value = field(line, "Gid")) != NULL)
            process->target.caller_group = (gid_t)number_read(&value, 10);
        else if ((value = field(line, "SigIgn")) != NULL)
            process->ignores = procfs_mask_has_sigpipe(value);
        else if ((value = field(line, "SigCgt")) != NULL)
            process->catches = procfs_mask_has_sigpipe(value);
        else if ((value = field(line, "NSpid")) != NULL)
            process->is_first = is_first_pid(value);
    }
    error = ferror(status) ? errno : 0;
    fclose(status);
    return error;
}

/* Dispositions are the process's, masks are each thread's. */
static int read_masks(struct process *process)
{
    DIR *threads = opendir(proc_path(process, "task").text);
    const struct dirent *entry;
    char living[sizeof process->number] = "";

    if (threads == NULL)
        return errno;
    while ((entry = readdir(threads)) != NULL) {
        char file[64];
        char line[4096];
        bool blocks = false, ended = false;
        FILE *status;

        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        snprintf(file, sizeof file, "task/%.20s/status", entry->d_name);
        status = open_file(process, file);
        if (status == NULL)
            continue; /* it has ended */
        while (fgets(line, sizeof line, status) != NULL) {
            const char *value;

            if ((value = field(line, "State")) != NULL)
                ended = *value == 'Z' || *value == 'X';
            else if ((value = field(line, "SigBlk")) != NULL)
                blocks = procfs_mask_has_sigpipe(value);
            else if (field(line, "VmSize") != NULL)
                process->has_program = true;
        }
        fclose(status);
        if (ended)
            continue;
        process->threads++;
        process->blocking += blocks;
        snprintf(living, sizeof living, "%.15s", entry->d_name);
    }
    closedir(threads);
    /* The first thread can end before the others; its files are empty then. */
    if (process->has_ended && process->threads > 0) {
        process->has_ended = false;
        memcpy(process->number, living, sizeof living);
    }
    return 0;
}

static int read_maps(struct process *process)
{
    FILE *maps = open_file(process, "maps");
    char *line = NULL;
    size_t size = 0;
    int error;

    if (maps == NULL)
        return errno;
    while (process->shim[0] == '\0' && getline(&line, &size, maps) >= 0) {
        const char *path = strchr(line, '/'); /* behind five columns without one */
        const char *name = path != NULL ? strrchr(path, '/') + 1 : "";

        line[strcspn(line, "\n")] = '\0';
        if (fnmatch("libepipe-preload*.so", name, 0) == 0 ||
            fnmatch("libepipe-preload*.so (deleted)", name, 0) == 0)
            snprintf(process->shim, sizeof process->shim, "%s", path);
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
    struct proc_path exe = proc_path(process, "exe");
    int fd, error;

    if (!process->has_program)
        return 0;
    /* No NUL is written, but all of it was zero. */
    if (readlink(exe.text, target->path, sizeof target->path - 1) < 0)
        return errno;
    fd = open(exe.text, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
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

    *process = (struct process){0};
    unread[0] = '\0';
    word += strspn(word, "0");
    if (*word == '\0' || strlen(word) >= sizeof process->number)
        return ESRCH;
    strcpy(process->number, word);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        int error = steps[i].read(process);

        if (error == 0)
            continue;
        if (access(proc_path(process, "stat").text, F_OK) != 0)
            return ESRCH;
        snprintf(unread, 96, "%s", proc_path(process, steps[i].file).text);
        return error;
    }
    process->is_elsewhere =
        !same_file(proc_path(process, "ns/mnt").text, "/proc/self/ns/mnt") ||
        !same_file(proc_path(process, "root").text, "/");
    process->target.is_elsewhere = process->is_elsewhere;
    return 0;
}
