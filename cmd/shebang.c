/* SPDX-License-Identifier: MIT
 *
 * Text in, text out: no file is touched here.
 */
#include "shebang.h"

#include <stdio.h>
#include <string.h>

static const char blanks[] = " \t";

bool shebang_parse(const char *head, size_t length, struct shebang *shebang)
{
    char line[SHEBANG_SIZE + 1] = "";
    char *start, *newline, *end;
    size_t name;

    if (length < 2 || head[0] != '#' || head[1] != '!')
        return false;
    memcpy(line, head, length < SHEBANG_SIZE ? length : SHEBANG_SIZE);
    newline = memchr(line, '\n', SHEBANG_SIZE);
    if (newline != NULL)
        *newline = '\0';
    start = line + 2 + strspn(line + 2, blanks);
    name = strcspn(start, blanks);
    if (start + name == line + SHEBANG_SIZE)
        return false; /* cut off within the name */
    for (end = start + strlen(start); end > start && strchr(blanks, end[-1]); end--)
        end[-1] = '\0';
    if (*start == '\0')
        return false;
    snprintf(shebang->interpreter, sizeof shebang->interpreter, "%.*s", (int)name, start);
    start += name;
    snprintf(shebang->argument, sizeof shebang->argument, "%s", start + strspn(start, blanks));
    return true;
}

/* The text that env splits into words, or NULL. */
static const char *split_string(const char *argument)
{
    static const char *const options[] = {"-S", "-vS", "--split-string="};

    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strncmp(argument, options[i], strlen(options[i])) == 0)
            return argument + strlen(options[i]);
    return NULL;
}

bool shebang_env_name(const struct shebang *shebang, char name[static SHEBANG_SIZE])
{
    const char *slash = strrchr(shebang->interpreter, '/');
    const char *split = split_string(shebang->argument);
    const char *word = shebang->argument;
    size_t length = strlen(word);

    if (strcmp(slash ? slash + 1 : shebang->interpreter, "env") != 0)
        return false;
    if (split != NULL) {
        word = split + strspn(split, blanks);
        length = strcspn(word, blanks);
        /* What its quotes, escapes and variables mean is for env to say. */
        if (strcspn(word, "\\'\"$#") < length)
            return false;
    }
    if (length == 0 || word[0] == '-' || memchr(word, '=', length) != NULL)
        return false;
    snprintf(name, SHEBANG_SIZE, "%.*s", (int)length, word);
    return true;
}
