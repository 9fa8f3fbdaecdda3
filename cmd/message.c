/* SPDX-License-Identifier: MIT */
#include "message.h"

#include <stdarg.h>
#include <stdlib.h>

void print(FILE *to, const char *key, const char *format, ...)
{
    char *text, *line;
    va_list arguments;
    int length;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    length = text != NULL ? asprintf(&line, "%s: %s\n", key, text) : -1;
    free(text);
    if (length < 0) {
        fputs("epipe: out of memory\n", stderr);
        return;
    }
    for (int i = 0; i < length - 1; i++)
        if (line[i] < ' ' || line[i] > '~')
            line[i] = '?';
    fputs(line, to); /* at once, on standard error too */
    free(line);
}

void print_bad_value(const char *name, const char *value, const char *right)
{
    print(stderr, "epipe", "--%s: '%s' is not a value of this option; it takes %s", name,
          value, right);
}
