/* SPDX-License-Identifier: MIT
 *
 * calls-count flag: prints whether this kernel, as this process sees it, knows
 * RWF_NOSIGNAL.
 * calls-count ours|plain CALL KIND: one CALL on a descriptor of KIND, and three more
 * between the markers "begin" and "end", for strace to count.  KIND is living-pipe,
 * living-unix or null, or one of broken-fd.h's, whose answer is printed.
 */
#include <alloca.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "broken-fd.h"
#include <epipe.h>

static char text[] = "x";
static struct iovec byte = {text, 1};
static struct msghdr message = {.msg_iov = &byte, .msg_iovlen = 1};
static struct mmsghdr messages = {.msg_hdr = {.msg_iov = &byte, .msg_iovlen = 1}};

/* A descriptor to take a byte from. */
static int file(void)
{
    int fd = memfd_create("source", MFD_CLOEXEC);

    need(fd >= 0 && pwrite(fd, text, 1, 0) == 1, "memfd");
    return fd;
}

static int source(void)
{
    int pair[2];

    need(pipe2(pair, O_CLOEXEC) == 0 && write(pair[1], text, 1) == 1, "pipe");
    return pair[0];
}

#define BOTH(name, ...)                                                                   \
    static long our_##name(int fd) { return epipe_##name(__VA_ARGS__); }                  \
    static long its_##name(int fd) { return name(__VA_ARGS__); }

BOTH(write, fd, text, 1)
/* A vector on the page of the library's own frame, for main() sees to that. */
BOTH(writev, fd, &(struct iovec){text, 1}, 1)
BOTH(send, fd, text, 1, 0)
BOTH(sendto, fd, text, 1, 0, NULL, 0)
BOTH(sendmsg, fd, &message, 0)
BOTH(sendmmsg, fd, &messages, 1, 0)
BOTH(sendfile, fd, file(), NULL, 1)
BOTH(splice, source(), NULL, fd, NULL, 1, 0)
BOTH(vmsplice, fd, &byte, 1, 0)
BOTH(tee, source(), fd, 1, 0)
BOTH(dprintf, fd, "%s", text)

#define CALL(name)                                                                        \
    {                                                                                     \
#name, our_##name, its_##name                                                     \
    }

static const struct {
    const char *name;
    long (*ours)(int), (*plain)(int);
} calls[] = {CALL(write),    CALL(writev),   CALL(send),     CALL(sendto),
             CALL(sendmsg),  CALL(sendmmsg), CALL(sendfile), CALL(splice),
             CALL(vmsplice), CALL(tee),      CALL(dprintf)};

static int flag(void)
{
    long result = syscall(SYS_pwritev2, broken_fd("pipe"), &byte, 1L, -1L, -1L, 0x100);

    puts(result < 0 && errno == EPIPE ? "yes" : "no");
    return 0;
}

static int object(const char *kind)
{
    int pair[2];

    if (strcmp(kind, "null") == 0)
        return open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (strcmp(kind, "living-pipe") == 0) {
        need(pipe2(pair, O_CLOEXEC) == 0, "pipe");
        return pair[1];
    }
    if (strcmp(kind, "living-unix") == 0) {
        need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
        return pair[1];
    }
    return broken_fd(kind);
}

int main(int argc, char **argv)
{
    /* The frames below this one begin in the middle of a page. */
    volatile char *above = alloca(((uintptr_t)__builtin_frame_address(0) + 2048) % 4096);
    long (*call)(int) = NULL;
    int fd;

    *above = 0;

    if (argc == 2 && strcmp(argv[1], "flag") == 0)
        return flag();
    need(argc == 4, "usage");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(argv[2], calls[i].name) == 0)
            call = strcmp(argv[1], "ours") == 0 ? calls[i].ours : calls[i].plain;
    need(call != NULL, "usage");
    fd = object(argv[3]);
    (void)!write(-1, "first", 5);
    say(argv[2], call(fd));
    (void)!write(-1, "begin", 5);
    for (int i = 0; i < 3; i++)
        call(fd);
    (void)!write(-1, "end", 3);
    return 0;
}
