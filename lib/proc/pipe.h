/* SPDX-License-Identifier: MIT
 *
 * pipe.c makes pipes that no child inherits by accident, and keeps descriptors off the
 * numbers of the standard streams.
 */
#ifndef EPIPE_PIPE_H
#define EPIPE_PIPE_H

/* Moves what has a number below 3, close-on-exec, to a free one above: where the
 * standard streams are closed, a stray message must not get into a pipe, nor a pipe's
 * end be closed for a standard stream's sake.  Returns 0 and keeps errno, or -1 with
 * errno EMFILE; then all of FDS are closed. */
int epipe_pipe_move_up(int *fds, int count);

#endif
