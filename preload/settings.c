/* SPDX-License-Identifier: MIT
 *
 * No stdio, no malloc: the shim parses in another program's process.
 */
#include "settings.h"

#include <limits.h>
#include <string.h>

#include "lib/core/number.h"

const struct settings settings_default = {.keep = {.stdio = true, .stages = true}};

const struct setting_name setting_names[SETTINGS_KEYS] = {
    [KEY_KEEP] = {"EPIPE_KEEP", "keep",
                  "none, or stdio, stages, inherited and "
                  "descriptor numbers, as in stdio,stages,7",
                  "stages"},
    [KEY_ONLY] = {"EPIPE_ONLY", "only", "library names, as in liblber*,libssl*", NULL},
    [KEY_HANDLERS] = {"EPIPE_HANDLERS", "handlers", "respect or override", NULL},
    [KEY_CHILDREN] = {"EPIPE_CHILDREN", "children", "inherit or none", "none"},
    [KEY_LOG] = {"EPIPE_LOG", "log", "off, stderr, syslog or an absolute path", NULL},
    [KEY_TRACE] = {"EPIPE_TRACE", "trace", "off or on", NULL},
    [KEY_SUMMARY] = {"EPIPE_SUMMARY", "summary", "off or on", NULL},
    [KEY_GIVE_UP] = {"EPIPE_GIVE_UP", "give-up", "off or a number up to 1000000", NULL},
    [KEY_SERVICE] = {"EPIPE_SERVICE", "service", "off or on", NULL},
};

enum setting_key settings_key_of(const char *entry)
{
    for (unsigned key = 0; key < SETTINGS_KEYS; key++) {
        size_t length = strlen(setting_names[key].variable);

        if (strncmp(entry, setting_names[key].variable, length) == 0 && entry[length] == '=')
            return (enum setting_key)key;
    }
    return SETTINGS_KEYS;
}

static bool fail(struct setting_error *error, const char *word, size_t length, const char *why)
{
    *error = (struct setting_error){word, length, why};
    return false;
}

static bool is_word(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

/* One of the two words, the second of which stands for true. */
static bool set_choice(bool *choice, const char *value, const char *no, const char *yes,
                       struct setting_error *error)
{
    bool is_yes = strcmp(value, yes) == 0;

    if (!is_yes && strcmp(value, no) != 0)
        return fail(error, value, strlen(value), "is not a value of this setting");
    *choice = is_yes;
    return true;
}

/* A number that is too large for an int is INT_MAX. */
static bool parse_number(const char *text, size_t length, int *result)
{
    const char *end = text;
    unsigned long number = number_read(&end, 10);

    *result = number > INT_MAX ? INT_MAX : (int)number;
    return length > 0 && end == text + length;
}

static bool keep_add(struct keep_rule *rule, int fd)
{
    if (keep_lists(rule, fd))
        return true;
    if (rule->count == KEEP_NUMBERS)
        return false;
    rule->numbers[rule->count++] = fd;
    return true;
}

static bool set_keep(struct settings *settings, const char *value, struct setting_error *error)
{
    struct keep_rule rule = {.count = 0};
    const char *word = value;
    int fd;

    while (strcmp(value, "none") != 0) {
        size_t length = strcspn(word, ",");

        if (length == 0)
            return fail(error, value, strlen(value), "has an empty entry");
        if (is_word(word, length, "stdio"))
            rule.stdio = true;
        else if (is_word(word, length, "stages"))
            rule.stages = true;
        else if (is_word(word, length, "inherited"))
            rule.inherited = true;
        else if (!parse_number(word, length, &fd) || fd == INT_MAX)
            return fail(error, word, length, "is not a descriptor number");
        else if (!keep_add(&rule, fd))
            return fail(error, word, length, "is one descriptor too many");
        if (word[length] == '\0')
            break;
        word += length + 1;
    }
    settings->keep = rule;
    return true;
}

static const char too_long[] = "is longer than 1023 bytes";
_Static_assert(SETTINGS_ONLY == 1024 && SETTINGS_PATH == 1024, "too_long says so");

static bool set_only(struct settings *settings, const char *value, struct setting_error *error)
{
    size_t length = strlen(value);

    if (length >= sizeof settings->only)
        return fail(error, value, length, too_long);
    if (length == 0 || value[0] == ',' || value[length - 1] == ',' || strstr(value, ",,"))
        return fail(error, value, length, "has an empty entry");
    if (strchr(value, '/'))
        return fail(error, value, length, "has a slash: names have no directories");
    memcpy(settings->only, value, length + 1);
    return true;
}

static bool set_log(struct settings *settings, const char *value, struct setting_error *error)
{
    static const char *const words[] = {
        [LOG_OFF] = "off", [LOG_STDERR] = "stderr", [LOG_SYSLOG] = "syslog"};
    size_t length = strlen(value);

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(value, words[i]) == 0) {
            settings->log = (enum log_sink)i;
            return true;
        }
    }
    if (value[0] != '/')
        return fail(error, value, length, "is not a value of this setting");
    if (length >= sizeof settings->log_path)
        return fail(error, value, length, too_long);
    memcpy(settings->log_path, value, length + 1);
    settings->log = LOG_PATH;
    return true;
}

static bool set_give_up(struct settings *settings, const char *value, struct setting_error *error)
{
    size_t length = strlen(value);
    int number = 0;

    if (strcmp(value, "off") != 0 && !parse_number(value, length, &number))
        return fail(error, value, length, "is not a number of writes");
    if (number > SETTINGS_GIVE_UP)
        return fail(error, value, length, "is too large");
    settings->give_up = (unsigned)number;
    return true;
}

static bool set(struct settings *settings, enum setting_key key, const char *value,
                struct setting_error *error)
{
    switch (key) {
    case KEY_KEEP:
        return set_keep(settings, value, error);
    case KEY_ONLY:
        return set_only(settings, value, error);
    case KEY_HANDLERS:
        return set_choice(&settings->override_handlers, value, "respect", "override", error);
    case KEY_CHILDREN:
        return set_choice(&settings->clean_children, value, "inherit", "none", error);
    case KEY_LOG:
        return set_log(settings, value, error);
    case KEY_TRACE:
        return set_choice(&settings->trace, value, "off", "on", error);
    case KEY_SUMMARY:
        return set_choice(&settings->summary, value, "off", "on", error);
    case KEY_GIVE_UP:
        return set_give_up(settings, value, error);
    case KEY_SERVICE:
    case SETTINGS_KEYS: /* which nobody asks for */
        break;
    }
    return set_choice(&settings->is_service, value, "off", "on", error);
}

bool settings_set(struct settings *settings, enum setting_key key, const char *value,
                  struct setting_error *error)
{
    if (!set(settings, key, value, error))
        return false;
    settings->are_set |= 1U << key;
    for (unsigned other = 0; settings->is_service && other < SETTINGS_KEYS; other++)
        if (setting_names[other].service != NULL && !(settings->are_set & 1U << other))
            set(settings, (enum setting_key)other, setting_names[other].service, error);
    return true;
}

/* Shell pattern with * and ?, up to a comma or the end.  libc's fnmatch goes by
 * the locale and may allocate. */
static bool matches(const char *glob, const char *name)
{
    const char *star = NULL;
    const char *retry = name;

    while (*name != '\0') {
        bool more = *glob != '\0' && *glob != ',';

        if (more && *glob == '*') {
            star = ++glob;
            retry = name;
        } else if (more && (*glob == '?' || *glob == *name)) {
            glob++;
            name++;
        } else if (star != NULL) {
            glob = star;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0' || *glob == ',';
}

bool settings_name_library(const struct settings *settings, const char *name)
{
    const char *glob = settings->only;

    for (;;) {
        if (matches(glob, name))
            return true;
        glob += strcspn(glob, ",");
        if (*glob++ == '\0')
            return false;
    }
}
