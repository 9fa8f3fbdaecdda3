/* SPDX-License-Identifier: MIT */
#include "strbuf.h"

#include <string.h>

static const char digit[] = "0123456789abcdef";

static bool is_plain(char byte)
{
    unsigned char c = (unsigned char)byte;

    return c >= ' ' && c < 0x7f && c != '\\';
}

/* Not what the line itself is divided by. */
static bool is_plain_in_name(char c)
{
    return is_plain(c) && strchr(" (),", c) == NULL;
}

static void append(struct strbuf *line, const char *text, size_t length)
{
    if (line->full || length > sizeof line->text - 1 - line->length) {
        line->full = true;
        return;
    }
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

void strbuf_escape(struct strbuf *line, char byte)
{
    unsigned char c = (unsigned char)byte;
    const char escaped[] = {'\\', 'x', digit[c >> 4], digit[c & 15]};

    append(line, escaped, sizeof escaped);
}

static void append_escaped(struct strbuf *line, const char *text, size_t length,
                           bool is_as_it_is(char))
{
    for (size_t i = 0; i < length && !line->full; i++) {
        if (is_as_it_is(text[i]))
            append(line, text + i, 1);
        else
            strbuf_escape(line, text[i]);
    }
}

void strbuf_text(struct strbuf *line, const char *text)
{
    append_escaped(line, text, strlen(text), is_plain);
}

static void append_cut(struct strbuf *line, const char *text, size_t length, size_t room,
                       bool is_as_it_is(char))
{
    size_t fits = 0;      /* bytes of TEXT */
    size_t with_dots = 0; /* the same with room for the dots */
    size_t used = 0;

    while (fits < length) {
        used += is_as_it_is(text[fits]) ? 1 : 4;
        if (used > room)
            break;
        fits++;
        if (used + 3 <= room)
            with_dots = fits;
    }
    append_escaped(line, text, fits == length ? length : with_dots, is_as_it_is);
    if (fits != length)
        strbuf_text(line, "...");
}

void strbuf_name(struct strbuf *line, const char *text, size_t length, size_t room)
{
    append_cut(line, text, length, room, is_plain_in_name);
}

void strbuf_quoted(struct strbuf *line, const char *text, size_t length, size_t room)
{
    append_cut(line, text, length, room, is_plain);
}

static void append_number(struct strbuf *line, unsigned long long number, unsigned base,
                          unsigned width)
{
    char buffer[24];
    size_t i = sizeof buffer;

    do {
        buffer[--i] = digit[number % base];
        number /= base;
    } while (number != 0 || sizeof buffer - i < width);
    append(line, buffer + i, sizeof buffer - i);
}

void strbuf_number(struct strbuf *line, long long number)
{
    if (number < 0)
        append(line, "-", 1);
    append_number(line,
                  number < 0 ? 0ULL - (unsigned long long)number : (unsigned long long)number,
                  10, 1);
}

void strbuf_padded(struct strbuf *line, unsigned long long number, unsigned width)
{
    append_number(line, number, 10, width);
}

void strbuf_hex(struct strbuf *line, unsigned long number)
{
    append_number(line, number, 16, 1);
}

void strbuf_end(struct strbuf *line)
{
    line->text[line->length++] = '\n';
}
