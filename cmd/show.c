/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ld-preload.h"
#include "message.h"

/* In single quotes. */
static void show_variable(const char *name, const char *value)
{
    if (value == NULL)
        return;
    printf("%s='", name);
    for (; *value != '\0'; value++) {
        if (*value == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*value);
    }
    puts("'");
}

static void show_settings(const char *const given[SETTINGS_KEYS],
                          void (*show_one)(const char *name, const char *value))
{
    for (unsigned key = 0; key < SETTINGS_KEYS; key++) {
        const char *name = setting_names[key].variable;

        show_one(name, given[key] != NULL ? given[key] : getenv(name));
    }
}

void show(const struct shim *shim, const char *const given[SETTINGS_KEYS])
{
    const char *before = getenv("LD_PRELOAD");
    char preload[ld_preload_room(before, shim, "")];

    ld_preload_add(preload, before, shim, "");
    show_settings(given, show_variable);
    show_variable("LD_PRELOAD", preload);
}

/* With the escapes of systemd.syntax(7). */
static void show_escaped(const char *value)
{
    for (; *value != '\0'; value++)
        if (*value == '%')
            fputs("%%", stdout);
        else if ((unsigned char)*value < ' ' || strchr("\"\\", *value) != NULL)
            printf("\\x%02x", (unsigned char)*value);
        else
            putchar(*value);
}

static void show_environment(const char *name, const char *value)
{
    if (value == NULL)
        return;
    printf("Environment=\"%s=", name);
    show_escaped(value);
    puts("\"");
}

bool show_systemd(const struct shim *shim, const char *const given[SETTINGS_KEYS],
                  const char *unit)
{
    static const char characters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:-_.\\@";
    const char *name = unit != NULL ? unit : "NAME", *dot = strrchr(name, '.');
    const char *suffix = dot != NULL && strcmp(dot, ".service") == 0 ? "" : ".service";

    if (*name == '\0' || strlen(name) > 240 || name[strspn(name, characters)] != '\0') {
        print(stderr, "epipe", "'%s' is no name of a service", name);
        return false;
    }
    printf("# /etc/systemd/system/%s%s.d/epipe.conf, by epipe --show=systemd; then:\n"
           "# systemctl daemon-reload; systemctl restart %s%s\n",
           name, suffix, name, suffix);
    fputs(
        "#\n"
        "# Most services need none of this: systemd starts them with SIGPIPE ignored, so\n"
        "# that a broken write is EPIPE.  It is for a program that sets the default "
        "action\n"
        "# itself, and for one whose pipelines are to end as they do in a shell.\n"
        "\n"
        "[Unit]\n"
        "# Without the shim the default action would be left, and kill.\n"
        "AssertPathExists=",
        stdout);
    show_escaped(shim->path);
    puts("\n\n[Service]\n"
         "IgnoreSIGPIPE=no\n"
         "# What the unit itself has in LD_PRELOAD is lost.  A $ means nothing to "
         "systemd.");
    show_environment("LD_PRELOAD", shim->entry);
    show_settings(given, show_environment);
    puts(
        "# To systemd a death by SIGPIPE is a success, after which on-failure alone does\n"
        "# not restart.\n"
        "Restart=on-failure\n"
        "RestartForceExitStatus=SIGPIPE");
    return true;
}
