/* SPDX-License-Identifier: MIT
 *
 * filtered RULES [thread]: puts a seccomp filter on itself, waits until standard input ends,
 * and makes broken writes.  filtered RULES exec COMMAND...: executes that under the filter.
 *
 * RULES are ACTION:CALL, with commas between them: kill, trap or errno and the number of a
 * system call; "dispatch" is syscall user dispatch instead, which lets all calls pass, and
 * "dispatch-stub" one that lets those pass that are made below the vDSO.
 * With "thread" there is a second thread, which alone has no filter.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
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
        return SECCOMP_RET_KILL_PROCESS;
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
    pthread_t thread;
    char byte;
    int fds[2] = {broken_fd("pipe"), broken_fd("unix")};
    pid_t self = getpid();

    need(argc >= 2, "rules");
    if (argc > 3) {
        put_filter(argv[1]);
        execv(argv[3], argv + 3);
        need(0, "exec");
    }
    if (argc == 3)
        need(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0, "thread");
    if (strncmp(argv[1], "dispatch", 8) == 0) {
        selector = argv[1][8] != '\0';
        if (prctl(SYSCALL_DISPATCH, 1, 0, selector ? getauxval(AT_SYSINFO_EHDR) : 0,
                  &selector) != 0)
            exit(77);
    } else {
        put_filter(argv[1]);
    }
    printf("ready %d\n", self);
    fflush(stdout);
    while (read(0, &byte, 1) > 0) {
    }
    say("write", write(fds[0], "x", 1));
    say("send", send(fds[1], "x", 1, 0));
    puts("alive");
    return 0;
}
