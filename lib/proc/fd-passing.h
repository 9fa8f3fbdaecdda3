/* SPDX-License-Identifier: MIT
 *
 * fd-passing.c passes descriptors from process to process through a pair of sockets.
 *
 * A child makes its pipes itself and passes the other ends on.  So no end of a child's is
 * ever in its parent's table, where a fork by another thread would copy it and keep the
 * pipe open after the child has gone.
 */
#ifndef EPIPE_FD_PASSING_H
#define EPIPE_FD_PASSING_H

enum { FD_PASSING_MAX = 2 };

/* A pair of sockets to pass descriptors: they go in at [1] and come out at [0].  Close-on-exec,
 * and above the standard streams: what another thread prints must not get in.  Returns
 * 0, or -1 with errno. */
int epipe_fd_passing_open(int sockets[2]);

/* Closes the pair, and whatever is still on it.  Keeps errno. */
void epipe_fd_passing_close(const int sockets[2]);

/* Sends COUNT descriptors, FD_PASSING_MAX at most, which stay open here.  Returns 0, or -1
 * with errno.  Does not wait. */
int epipe_fd_passing_send(const int sockets[2], const int *fds, int count);

/* Receives COUNT descriptors that were sent together; they are close-on-exec and above
 * the standard streams.  Returns 0, or -1 with errno, EMFILE if there was no room for
 * all of them and EAGAIN if nothing was sent.  Does not wait. */
int epipe_fd_passing_receive(const int sockets[2], int *fds, int count);

#endif
