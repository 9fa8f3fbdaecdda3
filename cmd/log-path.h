/* SPDX-License-Identifier: MIT
 *
 * log-path.c tells why a log cannot be written to a path.
 */
#ifndef EPIPE_LOG_PATH_H
#define EPIPE_LOG_PATH_H

/* Why no process will ever write a log to PATH, which is absolute, as things are; NULL if
 * some may.  Permissions are not looked at: the program may have others than this process
 * when it writes. */
const char *log_path_refusal(const char *path);

#endif
