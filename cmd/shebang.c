/* SPDX-License-Identifier: MIT
 *
 * Parses `#!` lines.  Text in, text out: no file is touched here.
 */
#include "shebang.h"

#include <stdio.h>
#include <string.h>

static const char blanks[] = " \t";

bool script_parse(const char *head, size_t length, struct script *script)
{
    char line[SCRIPT_HEAD + 1] = "";
    char *start, *newline, *end;
    size_t name;

    if (length < 2 || head[0] != '#' || head[1] != '!')
        return false;
    memcpy(line, head, length < SCRIPT_HEAD ? length : SCRIPT_HEAD);
    newline = memchr(line, '\n', SCRIPT_HEAD);
    if (newline != NULL)
        *newline = '\0';
    start = line + 2 + strspn(line + 2, blanks);
    name = strcspn(start, blanks);
    if (start + name == line + SCRIPT_HEAD)
        return false; /* cut off within the name */
    for (end = start + strlen(start); end > start && strchr(blanks, end[-1]); end--)
        end[-1] = '\0';
    if (*start == '\0')
        return false;
    snprintf(script->interpreter, sizeof script->interpreter, "%.*s", (int)name, start);
    start += name;
    snprintf(script->argument, sizeof script->argument, "%s", start + strspn(start, blanks));
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

bool script_env_name(const struct script *script, char name[static SCRIPT_HEAD])
{
    const char *slash = strrchr(script->interpreter, '/');
    const char *split = split_string(script->argument);
    const char *word = script->argument;
    size_t length = strlen(word);

    if (strcmp(slash ? slash + 1 : script->interpreter, "env") != 0)
        return false;
    if (split != NULL) {
        word = split + strspn(split, blanks);
        length = strcspn(word, blanks);
        /* Its quotes, escapes and variables are env's affair. */
        if (strcspn(word, "\\'\"$#") < length)
            return false;
    }
    if (length == 0 || word[0] == '-' || memchr(word, '=', length) != NULL)
        return false;
    snprintf(name, SCRIPT_HEAD, "%.*s", (int)length, word);
    return true;
}
