/* SPDX-License-Identifier: MIT
 *
 * seccomp-bpf.c says what a seccomp filter, a program of classic BPF, answers to a system
 * call.
 */
#ifndef EPIPE_GRAFT_SECCOMP_BPF_H
#define EPIPE_GRAFT_SECCOMP_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

/* What the COUNT instructions of PROGRAM return for DATA: a SECCOMP_RET_ value.
 * SECCOMP_RET_KILL_PROCESS for what the kernel would not have taken as a filter. */
uint32_t seccomp_bpf_run(const struct sock_filter *program, size_t count,
                         const struct seccomp_data *data);

/* The stronger of two answers, as the kernel goes by where there are several filters. */
uint32_t seccomp_bpf_stronger(uint32_t one, uint32_t other);

#endif
