/* SPDX-License-Identifier: MIT
 *
 * strbuf.c puts one line of text together in a fixed buffer, without stdio or malloc, for
 * what the shim writes inside another program's process.  Async-signal-safe.
 */
#ifndef EPIPE_STRBUF_H
#define EPIPE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf {
    size_t length;
    bool full;      /* something did not fit, and nothing is appended any more */
    char text[512]; /* the line feed always fits */
};

/* Appends TEXT.  Whatever is not a printable ASCII character, and the backslash, appears as
 * \xNN, so that no text ends the line. */
void strbuf_text(struct strbuf *line, const char *text);

/* The same of LENGTH bytes, in no more than ROOM characters, the last three of which are dots
 * if TEXT is cut. */
void strbuf_quoted(struct strbuf *line, const char *text, size_t length, size_t room);

/* The same for a name, which another user may have chosen: blanks, parentheses and
 * commas appear as \xNN, too, so that none passes for another part of the line. */
void strbuf_name(struct strbuf *line, const char *text, size_t length, size_t room);

/* Appends one byte as \xNN. */
void strbuf_escape(struct strbuf *line, char byte);

void strbuf_number(struct strbuf *line, long long number);
/* With zeros in front, to at least WIDTH digits. */
void strbuf_padded(struct strbuf *line, unsigned long long number, unsigned width);
void strbuf_hex(struct strbuf *line, unsigned long number); /* without 0x */

/* Ends the line with a line feed. */
void strbuf_end(struct strbuf *line);

#endif
