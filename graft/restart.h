/* SPDX-License-Identifier: MIT
 *
 * restart.h has the results by which the kernel notes an interrupted call that it is to make
 * again: its own, which only a tracer sees.
 */
#ifndef EPIPE_GRAFT_RESTART_H
#define EPIPE_GRAFT_RESTART_H

enum {
    ERESTARTSYS = 512,
    ERESTARTNOINTR = 513,
    ERESTARTNOHAND = 514,
    ERESTART_BLOCK = 516 /* with what is left of its time */
};

#endif
