/* SPDX-License-Identifier: MIT
 *
 * One of several copies of the library in a process, as a library has it that has taken the
 * two files in.
 */
#ifndef PROBE_COPIES_H
#define PROBE_COPIES_H

struct copy {
    const char *name;
    int (*install)(void);
    int (*uninstall)(void);
    int (*process_enter)(int);
    int (*process_leave)(void);
    long (*write_in_scope)(int fd);
};

extern const struct copy copy_one, copy_two;

#endif
