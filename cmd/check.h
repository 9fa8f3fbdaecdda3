/* SPDX-License-Identifier: MIT
 *
 * check.c tells whether a program, or a process, can be protected: the option --check.
 */
#ifndef EPIPE_CHECK_H
#define EPIPE_CHECK_H

#include "target.h"

/* Exit statuses.  Beyond these three, 125 to 127 as for running a program. */
enum { CHECK_CAN = 0, CHECK_NEED_NOT = 1, CHECK_CANNOT = 2 };

/* Of WORDS, an array with NULL at its end, those of digits alone are processes, and others
 * programs; those that follow a program are its arguments if it is the first.  Prints for each
 * the verdict on a line, and the facts that it rests on, to standard output; returns the exit
 * status, the worst.  Where there is no verdict, one line on standard error says why. */
int check(char *const words[]);

/* Of the process WORD, a decimal number: check-process.c. */
int check_process(const char *word);

/* What that says alike.  A line on standard error about WHAT, which may be empty;
 * returns STATUS. */
int check_fail(int status, const char *word, const char *what, int error);

void check_print_elf(const struct elf *elf);
void check_print_alternatives(enum target_refusal refusal, const char *program);

/* Finds the shim for TARGET, and says whether it goes in; also what is wrong with the shim. */
enum target_refusal check_find_refusal(const struct target *target, struct shim *shim);

#endif
