/* SPDX-License-Identifier: MIT
 *
 * exit-status.h names the exit statuses of the command's own, which are those of env and
 * timeout.
 */
#ifndef EPIPE_EXIT_STATUS_H
#define EPIPE_EXIT_STATUS_H

enum { EXIT_OWN_FAILURE = 125, EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 };

#endif
