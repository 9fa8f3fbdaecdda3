/* SPDX-License-Identifier: MIT
 *
 * options.h has what the settings tell the log.
 */
#ifndef EPIPE_LOG_OPTIONS_H
#define EPIPE_LOG_OPTIONS_H

#include <stdbool.h>

enum log_sink { LOG_OFF, LOG_STDERR, LOG_SYSLOG, LOG_PATH };

struct log_options {
    enum log_sink sink;
    const char *path;        /* of LOG_PATH; must stay */
    const struct keep *keep; /* which knows what standard error was at start; must stay */
    bool trace;
};

#endif
