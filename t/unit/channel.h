/* SPDX-License-Identifier: MIT
 *
 * What the tests of channels share.
 */
#ifndef UNIT_CHANNEL_H
#define UNIT_CHANNEL_H

#include "process.h"

/* What a child says until its end. */
static inline const char *said(char *const argv[], const struct epipe_channel_options *options)
{
    static char text[4096];
    struct epipe_channel channel;

    assert_int_equal(epipe_channel_open(&channel, argv, options), 0);
    assert_true(read_to_end(channel.recv, text, sizeof text, BOUND) >= 0);
    assert_int_equal(epipe_channel_close(&channel), 0);
    return text;
}

#endif
