/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit-status.h"
#include "log-path.h"
#include "message.h"
#include "proc-environ.h"

/* clang-format off */
static const struct option table[] = {
    {"keep", required_argument, NULL, 'k'},     {"only", required_argument, NULL, 'o'},
    {"handlers", required_argument, NULL, 'H'}, {"children", required_argument, NULL, 'c'},
    {"log", required_argument, NULL, 'l'},      {"trace", optional_argument, NULL, 't'},
    {"summary", optional_argument, NULL, 'S'},  {"give-up", required_argument, NULL, 'g'},
    {"service", optional_argument, NULL, 'D'},  {"fallback", required_argument, NULL, 'f'},
    {"check", no_argument, NULL, 'C'},          {"attach", no_argument, NULL, 'a'},
    {"detach", no_argument, NULL, 'd'},         {"list", optional_argument, NULL, 'L'},
    {"show", optional_argument, NULL, 's'},     {"self-test", optional_argument, NULL, 'T'},
    {"help", no_argument, NULL, 'h'},           {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};
/* clang-format on */

/* NULL if there is none. */
static const char *name_of(int letter)
{
    const struct option *option = table;

    while (option->name != NULL && option->val != letter)
        option++;
    return option->name;
}

/* Why WORD, which begins with two hyphens, is not an option. */
static const char *why_unknown(const char *word)
{
    unsigned found = 0;

    for (const struct option *option = table; option->name != NULL; option++)
        found += strncmp(option->name, word + 2, strcspn(word + 2, "=")) == 0;
    return found > 1 ? "is short for more than one option" : "is no option";
}

/* Dies with one line about what getopt has refused last, as a value IS_MISSING or for another
 * reason: WORD is what it has read, if that is a long option. */
static _Noreturn void refuse_word(bool is_missing, const char *word)
{
    const char *name = name_of(optopt);

    if (name != NULL)
        print(stderr, "epipe", "--%s takes %s; 'epipe --help' lists the options", name,
              is_missing ? "a value" : "no value");
    else if (optopt != 0)
        print(stderr, "epipe", "'-%c' is no option; 'epipe --help' lists them", optopt);
    else
        print(stderr, "epipe", "'%s' %s; 'epipe --help' lists them", word, why_unknown(word));
    exit(EXIT_OWN_FAILURE);
}

static struct settings settings; /* not on a small stack */

/* Dies with one line that names the offending word.  WHERE is "--keep" or
 * "EPIPE_KEEP". */
static void set_setting(enum setting_key key, const char *where, const char *value)
{
    struct setting_error error;

    if (settings_set(&settings, key, value, &error)) {
        const char *why = key == KEY_LOG && settings.log == LOG_PATH
                              ? log_path_refusal(settings.log_path)
                              : NULL;

        if (why == NULL)
            return;
        error = (struct setting_error){value, strlen(value), why};
    }
    print(stderr, "epipe", "%s: '%.*s' %s; it takes %s", where, (int)error.length,
          error.word, error.why, setting_names[key].values);
    exit(EXIT_OWN_FAILURE);
}

static void set_option(struct options *options, enum setting_key key, const char *value)
{
    char where[32];

    snprintf(where, sizeof where, "--%s", setting_names[key].option);
    set_setting(key, where, value);
    options->given[key] = value;
}

static _Noreturn void refuse_both(int one, int other)
{
    print(stderr, "epipe", "--%s cannot be combined with --%s", name_of(one), name_of(other));
    exit(EXIT_OWN_FAILURE);
}

static void set_mode(struct options *options, int letter, const char *detail)
{
    static const char *const details[] = {['L'] = "all", ['s'] = "systemd"};

    if (options->mode != MODE_RUN && (int)options->mode != letter)
        refuse_both(letter, (int)options->mode);
    if (detail != NULL && letter != MODE_SELF_TEST && strcmp(detail, details[letter]) != 0) {
        print_bad_value(name_of(letter), detail, details[letter]);
        exit(EXIT_OWN_FAILURE);
    }
    options->mode = (enum mode)letter;
    options->detail = detail;
}

/* What the options come to, and the variables that the mode heeds; and what --service stands
 * for, as if it had been given. */
static void read_settings(struct options *options)
{
    bool all = options->mode == MODE_RUN || options->mode == MODE_CHECK ||
               options->mode == MODE_SHOW;

    settings = settings_default; /* an option may have been given twice */
    for (unsigned key = 0; key < SETTINGS_KEYS; key++) {
        const char *value = getenv(setting_names[key].variable);
        struct setting_error none;

        if (options->given[key] != NULL)
            settings_set(&settings, (enum setting_key)key, options->given[key], &none);
        else if (value != NULL && (all || (options->mode == MODE_ATTACH && key == KEY_KEEP)))
            set_setting((enum setting_key)key, setting_names[key].variable, value);
    }
    for (unsigned key = 0; settings.is_service && key < SETTINGS_KEYS; key++)
        if (!(settings.are_set & 1U << key))
            options->given[key] = setting_names[key].service;
    if (all)
        environ_complain();
}

/* Those that have no effect are refused.  What an attach does not take needs interposed calls, or
 * is the shim's. */
static void check_given(const struct options *options)
{
    enum mode mode = options->mode;

    for (unsigned key = 0; key < SETTINGS_KEYS; key++)
        if (options->given[key] != NULL && mode != MODE_RUN && mode != MODE_SHOW &&
            (mode != MODE_ATTACH || key != KEY_KEEP)) {
            print(stderr, "epipe", "--%s cannot be combined with --%s%s",
                  setting_names[key].option, name_of((int)mode),
                  mode == MODE_ATTACH ? ", which takes --keep alone" : "");
            exit(EXIT_OWN_FAILURE);
        }
}

static void check_words(const struct options *options)
{
    enum mode mode = options->mode;
    const char *word = *options->words;
    bool is_for_unit = mode == MODE_SHOW && options->detail != NULL;

    if (word == NULL && (mode == MODE_RUN || mode == MODE_CHECK))
        print(stderr, "epipe", "no program given; 'epipe --help' tells more");
    else if (word == NULL && (mode == MODE_ATTACH || mode == MODE_DETACH))
        print(stderr, "epipe", "no process given; 'epipe --help' tells more");
    else if (word != NULL && (mode == MODE_LIST || mode == MODE_SELF_TEST))
        print(stderr, "epipe", "'%s' is not expected: --%s takes no program%s", word,
              name_of((int)mode), mode == MODE_LIST ? "; --list=all lists all" : "");
    else if (word != NULL && mode == MODE_SHOW && !is_for_unit && strcmp(word, "systemd") == 0)
        print(stderr, "epipe",
              "'systemd' is not expected: --show=systemd prints a drop-in file");
    else if (word != NULL && is_for_unit && options->words[1] != NULL)
        print(stderr, "epipe", "'%s' is not expected: --show=systemd takes one unit",
              options->words[1]);
    else
        return;
    exit(EXIT_OWN_FAILURE);
}

struct options options_read(int argc, char **argv)
{
    static const char letters[] = "koHcltSgD"; /* in the order of enum setting_key */
    struct options options = {
        .mode = MODE_RUN, .fallback = FALLBACK_REFUSE, .settings = &settings};
    bool has_fallback = false;
    int letter;

    opterr = 0; /* its messages may have any byte in them */
    while ((letter = getopt_long(argc, argv, "+:k:o:H:c:l:tSg:Df:CsThVadL::", table, NULL)) !=
           -1) {
        const char *setting = strchr(letters, letter);

        if (setting != NULL) {
            set_option(&options, (enum setting_key)(setting - letters), optarg ? optarg : "on");
        } else if (letter == 'f') {
            if (!fallback_parse(optarg, &options.fallback))
                exit(EXIT_OWN_FAILURE);
            has_fallback = true;
        } else if (letter == '?' || letter == ':') {
            refuse_word(letter == ':', argv[optind - 1]);
        } else if (letter == MODE_HELP || letter == MODE_VERSION) {
            options.mode = (enum mode)letter;
            return options;
        } else {
            set_mode(&options, letter, optarg);
        }
    }
    options.words = argv + optind;
    if (has_fallback && options.mode != MODE_RUN)
        refuse_both('f', (int)options.mode);
    check_given(&options);
    read_settings(&options);
    check_words(&options);
    return options;
}
