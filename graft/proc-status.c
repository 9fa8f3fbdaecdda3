/* SPDX-License-Identifier: MIT */
#include "proc-status.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
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

struct proc_path proc_path(pid_t pid, pid_t tid, const char *file)
{
    struct proc_path path;

    if (tid != 0)
        snprintf(path.text, sizeof path.text, "/proc/%d/task/%d/%.40s", pid, tid, file);
    else
        snprintf(path.text, sizeof path.text, "/proc/%d/%.40s", pid, file);
    return path;
}

const char *proc_problem(void)
{
    char self[16];
    ssize_t length = readlink("/proc/self", self, sizeof self - 1);

    if (length < 0)
        return access("/proc/1", F_OK) == 0 ? "/proc is that of another PID namespace"
                                            : "/proc is not mounted";
    self[length] = '\0';
    return strtol(self, NULL, 10) == getpid() ? NULL : "/proc is that of another PID namespace";
}

ssize_t proc_read_file(pid_t pid, pid_t tid, const char *file, char *text, size_t size)
{
    return read_path(proc_path(pid, tid, file).text, text, size);
}

void proc_read_line(const char *path, char *line, size_t size)
{
    read_path(path, line, size);
    line[strcspn(line, "\n")] = '\0';
}

/* Three fields of a stat file, from the one on that proc(5) numbers FIRST; false if they are not
 * there.  They are counted from the end of the name, which may have blanks in it. */
static bool read_stat(pid_t pid, pid_t tid, int first, unsigned long long fields[3])
{
    char text[1024];
    const char *at;

    proc_read_file(pid, tid, "stat", text, sizeof text);
    at = strrchr(text, ')');
    for (int i = 2; at != NULL && i < first; i++)
        at = strchr(at + 1, ' ');
    return at != NULL && sscanf(at, "%llu %llu %llu", &fields[0], &fields[1], &fields[2]) == 3;
}

struct proc_image proc_read_image(pid_t pid)
{
    enum { START_CODE = 26 };
    unsigned long long fields[3] = {0};

    read_stat(pid, 0, START_CODE, fields);
    return (struct proc_image){fields[0], fields[1], fields[2]};
}

bool proc_is_shim(const char *path)
{
    const char *file = strrchr(path, '/');

    return file != NULL && (fnmatch("/libepipe-preload*.so", file, 0) == 0 ||
                            fnmatch("/libepipe-preload*.so (deleted)", file, 0) == 0);
}

bool proc_read_user_time(pid_t pid, pid_t tid, unsigned long long *ticks)
{
    enum { UTIME = 14 };
    unsigned long long fields[3];
    bool done = read_stat(pid, tid, UTIME, fields);

    *ticks = done ? fields[0] : 0;
    return done;
}

/* What follows "KEY:" and blanks in LINE, or NULL. */
static const char *field(const char *line, const char *key)
{
    size_t length = strlen(key);

    if (strncmp(line, key, length) != 0 || line[length] != ':')
        return NULL;
    return line + length + 1 + strspn(line + length + 1, " \t");
}

/* Of the first 64 signals, which come last. */
static uint64_t signals(const char *hex)
{
    enum { DIGITS = 16 };
    size_t length = strspn(hex, "0123456789abcdef");

    return strtoull(length > DIGITS ? hex + length - DIGITS : hex, NULL, 16);
}

/* The last of NUMBERS. */
static int innermost(const char *numbers)
{
    const char *last = strrchr(numbers, '\t');

    return (int)strtol(last != NULL ? last : numbers, NULL, 10);
}

static void parse_line(const char *line, struct proc_status *status)
{
    const char *value;

    if ((value = field(line, "Name")) != NULL)
        snprintf(status->name, sizeof status->name, "%.*s", (int)strcspn(value, "\n"), value);
    else if ((value = field(line, "State")) != NULL)
        status->letter = *value, status->is_kernel &= *value != 'Z' && *value != 'X';
    else if ((value = field(line, "Tgid")) != NULL)
        status->tgid = status->pid = (pid_t)strtol(value, NULL, 10);
    else if ((value = field(line, "TracerPid")) != NULL)
        status->tracer = (pid_t)strtol(value, NULL, 10);
    else if ((value = field(line, "Uid")) != NULL)
        status->uid = (uid_t)strtoul(value, NULL, 10);
    else if ((value = field(line, "Gid")) != NULL)
        status->gid = (gid_t)strtoul(value, NULL, 10);
    else if ((value = field(line, "NStgid")) != NULL) /* if there are such namespaces */
        status->pid = innermost(value);
    else if ((value = field(line, "Kthread")) != NULL) /* since Linux 6.8 */
        status->is_kernel &= *value == '1';
    else if (field(line, "VmSize") != NULL)
        status->has_memory = true, status->is_kernel = false;
    else if ((value = field(line, "ShdPnd")) != NULL)
        status->shared_pending = signals(value);
    else if ((value = field(line, "SigBlk")) != NULL)
        status->blocked = signals(value);
    else if ((value = field(line, "SigIgn")) != NULL)
        status->ignored = signals(value);
    else if ((value = field(line, "SigCgt")) != NULL)
        status->caught = signals(value);
    else if ((value = field(line, "Seccomp")) != NULL)
        status->seccomp = (int)strtol(value, NULL, 10);
    else if ((value = field(line, "Seccomp_filters")) != NULL)
        status->filters = strtol(value, NULL, 10);
    else if ((value = field(line, "voluntary_ctxt_switches")) != NULL)
        status->waits = strtol(value, NULL, 10);
}

bool proc_status_parse(FILE *file, struct proc_status *status)
{
    char line[512]; /* Groups: may be longer, and comes in parts */

    *status = (struct proc_status){.is_kernel = true}; /* unless there is a sign that it is not */
    while (fgets(line, sizeof line, file) != NULL)
        parse_line(line, status);
    return !ferror(file);
}

/* The kernel's include/linux/sched.h. */
enum { FLAGS = 9, PF_IO_WORKER = 0x10, PF_USER_WORKER = 0x4000, PF_KTHREAD = 0x00200000 };

static bool has_flag(pid_t pid, pid_t tid, unsigned flags)
{
    unsigned long long fields[3];

    return read_stat(pid, tid, FLAGS, fields) && fields[0] & flags;
}

bool proc_status_read(pid_t pid, pid_t tid, struct proc_status *status)
{
    struct proc_path path = proc_path(pid, tid, "status");
    FILE *file = fopen(path.text, "re");
    bool done = file != NULL && proc_status_parse(file, status);
    int error = errno == ENOENT ? ESRCH : errno;

    if (file != NULL)
        fclose(file);
    if (done && status->is_kernel) /* or its memory has just gone: before Linux 6.8 not said */
        status->is_kernel = has_flag(pid, tid, PF_KTHREAD);
    errno = error;
    return done;
}

bool proc_status_is_gone(pid_t pid, pid_t tid)
{
    struct proc_status status;

    return proc_status_read(pid, tid, &status) ? proc_status_has_ended(&status)
                                               : errno == ESRCH;
}

DIR *proc_open_threads(pid_t pid)
{
    return opendir(proc_path(pid, 0, "task").text);
}

pid_t proc_next_thread(pid_t pid, DIR *threads)
{
    const struct dirent *entry;
    pid_t tid;

    while ((entry = readdir(threads)) != NULL)
        if ((tid = (pid_t)strtol(entry->d_name, NULL, 10)) != 0 &&
            !has_flag(pid, tid, PF_IO_WORKER | PF_USER_WORKER))
            return tid;
    return 0;
}

bool proc_status_read_living(pid_t *pid, struct proc_status *status)
{
    struct proc_status other;
    DIR *threads;
    pid_t tid;

    if (!proc_status_read(*pid, 0, status))
        return false;
    if (status->tgid != *pid && status->tgid != 0 &&
        !proc_status_read(*pid = status->tgid, 0, status))
        return false;
    threads = proc_status_has_ended(status) ? proc_open_threads(*pid) : NULL;
    while (threads != NULL && proc_status_has_ended(status) &&
           (tid = proc_next_thread(*pid, threads)) != 0)
        if (proc_status_read(*pid, tid, &other) && !proc_status_has_ended(&other)) {
            *status = other;
            *pid = tid;
        }
    if (threads != NULL)
        closedir(threads);
    return true;
}
