/* SPDX-License-Identifier: MIT
 *
 * filtered RULES [thread]: puts a seccomp filter on itself, waits until standard input ends,
 * and makes broken writes.  filtered RULES exec COMMAND...: executes that under the filter.
 *
 * RULES are ACTION:CALL, with commas between them: kill, kill-thread, trap or errno and the
 * number of a system call; "dispatch" is syscall user dispatch instead, which lets all calls
 * pass, and "dispatch-stub" one that lets those pass that are made below the vDSO.
 * "strict" is seccomp's strict mode.  With "thread" there is a second thread, which alone has no
 * filter; with "worker" one that alone has it, and makes the writes; with "busy" one that alone
 * has it, makes large writes to a pipe that is read, and counts those that come back short; with
 * "late" the filter is put at the first line of standard input.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "broken-fd.h"

enum { MOST = 512, SYSCALL_DISPATCH = 59 };

static unsigned action_of(const char *word)
{
    switch (*word) {
    case 'k':
        return word[4] == '-' ? SECCOMP_RET_KILL_THREAD : SECCOMP_RET_KILL_PROCESS;
    case 't':
        return SECCOMP_RET_TRAP;
    default:
        return SECCOMP_RET_ERRNO | EPERM;
    }
}

static void put_filter(char *rules)
{
    struct sock_filter f[MOST] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    struct sock_fprog program = {.len = 1, .filter = f};

    for (char *word = strtok(rules, ","); word != NULL; word = strtok(NULL, ",")) {
        unsigned call = (unsigned)atoi(strchr(word, ':') + 1);

        f[program.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
        f[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action_of(word));
    }
    f[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        exit(77);
}

static int fds[2], put[2], go[2]; /* these: the filter is put, the writes are to be made */
static char *rules;

static void write_all_broken(void)
{
    say("write", write(fds[0], "x", 1));
    say("send", send(fds[1], "x", 1, 0));
    puts("alive");
}

static void *work(void *unused)
{
    char byte;

    (void)unused;
    put_filter(rules);
    need(write(put[1], "", 1) == 1 && read(go[0], &byte, 1) == 1, "handshake");
    write_all_broken();
    return NULL;
}

static void *drain(void *unused)
{
    static char room[1 << 16];

    (void)unused;
    while (read(go[0], room, sizeof room) > 0) {
    }
    return NULL;
}

static atomic_bool ends;

static void *write_large(void *unused)
{
    static char block[1 << 20];
    long count = 0, cut = 0;

    (void)unused;
    put_filter(rules);
    need(write(put[1], "", 1) == 1, "handshake");
    do {
        cut += write(go[1], block, sizeof block) != sizeof block;
        count++;
    } while (!ends);
    printf("short: %ld of %ld\n", cut, count);
    return NULL;
}

static void *wait_for_ever(void *unused)
{
    (void)unused;
    for (;;)
        pause();
    return NULL;
}

int main(int argc, char **argv)
{
    static char selector;
    const char *how = argc == 3 ? argv[2] : "";
    bool is_late = strcmp(how, "late") == 0, is_busy = strcmp(how, "busy") == 0;
    bool by_worker = is_busy || strcmp(how, "worker") == 0, is_strict = false;
    pthread_t thread, reader;
    char byte;
    pid_t self = getpid();

    need(argc >= 2 && pipe(put) == 0 && pipe(go) == 0, "rules");
    fds[0] = broken_fd("pipe");
    fds[1] = broken_fd("unix");
    rules = argv[1];
    if (argc > 3) {
        put_filter(argv[1]);
        execv(argv[3], argv + 3);
        need(0, "exec");
    }
    if (argc == 3 && !is_late)
        need(pthread_create(&thread, NULL,
                            is_busy     ? write_large
                            : by_worker ? work
                                        : wait_for_ever,
                            NULL) == 0,
             "thread");
    if (is_busy)
        need(pthread_create(&reader, NULL, drain, NULL) == 0, "thread");
    if (by_worker)
        need(read(put[0], &byte, 1) == 1, "handshake");
    if (strncmp(argv[1], "dispatch", 8) == 0) {
        selector = argv[1][8] != '\0';
        if (prctl(SYSCALL_DISPATCH, 1, 0, selector ? getauxval(AT_SYSINFO_EHDR) : 0,
                  &selector) != 0)
            exit(77);
    } else if (strcmp(rules, "strict") == 0) {
        is_strict = true;
    } else if (!is_late && !by_worker) {
        put_filter(rules);
    }
    printf("ready %d\n", self);
    fflush(stdout);
    if (is_strict && prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
        exit(77);
    while (read(0, &byte, 1) > 0) {
        if (byte != '\n' || !is_late)
            continue;
        put_filter(rules);
        puts("filtered");
        fflush(stdout);
    }
    ends = true;
    if (by_worker && !is_busy)
        need(write(go[1], "", 1) == 1, "handshake");
    if (by_worker)
        need(pthread_join(thread, NULL) == 0, "worker");
    else
        write_all_broken();
    return 0;
}
