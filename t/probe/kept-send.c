/* SPDX-License-Identifier: MIT
 *
 * kept-send exec COMMAND...: COMMAND with a socket as standard output that only it writes to, as
 * ksh93 makes them, and that nobody reads.
 * kept-send: a send() there.  Where libc makes it by socketcall, whose first argument is a
 * number like 9, there are broken pipes by these numbers, which are not standard output.
 */
#include "broken-fd.h"

static void put_at(int fd, int number)
{
    need(fd >= 0 && dup2(fd, number) == number, "dup2");
}

static void replace_stdout(void)
{
    int pair[2];

    need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
    put_at(pair[1], STDOUT_FILENO);
    need(fchmod(STDOUT_FILENO, S_IWUSR) == 0, "fchmod");
    close(pair[0]);
    close(pair[1]);
}

int main(int argc, char **argv)
{
    static const int numbers[] = {9, 11, 16, 20}; /* send, sendto, sendmsg, sendmmsg */

    if (argc > 2 && strcmp(argv[1], "exec") == 0) {
        replace_stdout();
        execvp(argv[2], argv + 2);
        need(0, argv[2]);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        put_at(broken_fd("pipe"), numbers[i]);
    need(send(STDOUT_FILENO, "x", 1, 0) == -1, "send");
    fprintf(stderr, "alive\n");
    return 0;
}
