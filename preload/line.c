/* SPDX-License-Identifier: MIT
 *
 * Text into a fixed buffer, async-signal-safe.
 */
#include "line.h"

#include <string.h>

void line_text_n(struct line *line, const char *text, size_t length)
{
    for (size_t i = 0; i < length && line->length < sizeof line->text - 1; i++) {
        unsigned char c = (unsigned char)text[i];

        line->text[line->length++] = c < ' ' || c == 0x7f ? '?' : (char)c;
    }
}

void line_text(struct line *line, const char *text)
{
    line_text_n(line, text, strlen(text));
}

static void digits(struct line *line, unsigned long number, unsigned base)
{
    char buffer[24];
    size_t i = sizeof buffer;

    do {
        buffer[--i] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    line_text_n(line, buffer + i, sizeof buffer - i);
}

void line_number(struct line *line, long number)
{
    if (number < 0)
        line_text(line, "-");
    digits(line, number < 0 ? 0UL - (unsigned long)number : (unsigned long)number, 10);
}

void line_hex(struct line *line, unsigned long number)
{
    line_text(line, "0x");
    digits(line, number, 16);
}

void line_end(struct line *line)
{
    line->text[line->length++] = '\n';
}
