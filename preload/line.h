/* SPDX-License-Identifier: MIT
 *
 * One line of text, put together in a fixed buffer without stdio or malloc, for
 * what the shim writes inside somebody else's process.  Async-signal-safe.
 */
#ifndef EPIPE_LINE_H
#define EPIPE_LINE_H

#include <stddef.h>

struct line {
    size_t length;
    char text[512]; /* what does not fit is cut; the line feed always fits */
};

/* Appends TEXT up to LENGTH bytes, control characters as `?`. */
void line_text_n(struct line *line, const char *text, size_t length);
void line_text(struct line *line, const char *text);
void line_number(struct line *line, long number);
void line_hex(struct line *line, unsigned long number);

/* Ends the line with a line feed. */
void line_end(struct line *line);

#endif
