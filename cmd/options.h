/* SPDX-License-Identifier: MIT
 *
 * options.c reads the command line.
 */
#ifndef EPIPE_OPTIONS_H
#define EPIPE_OPTIONS_H

#include "fallback.h"
#include "preload/settings.h"

/* What is to be done: the letter of the option that says so. */
enum mode {
    MODE_RUN = 0,
    MODE_ATTACH = 'a',
    MODE_CHECK = 'C',
    MODE_DETACH = 'd',
    MODE_HELP = 'h',
    MODE_LIST = 'L',
    MODE_SELF_TEST = 'T',
    MODE_SHOW = 's',
    MODE_VERSION = 'V'
};

struct options {
    enum mode mode;
    const char *detail; /* the value of that option, or NULL */
    enum fallback fallback;
    const char *given[SETTINGS_KEYS]; /* NULL where the environment has the word */
    const struct settings *settings;  /* by these and by the environment */
    char **words;                     /* what follows the options, to a NULL */
};

/* Ends the process with status 125 and one line that names the offending word where an option,
 * a variable that the mode heeds, or the number of words is wrong. */
struct options options_read(int argc, char **argv);

#endif
