/* SPDX-License-Identifier: MIT
 *
 * The parser of the settings, each key on the same text; and the patterns of only= on
 * library names: up to the first line feed the value, behind it the name.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "preload/settings.h"

static void require(bool what)
{
    if (!what)
        abort();
}

static void one(enum setting_key key, const char *value, const char *name)
{
    struct settings settings = settings_default;
    struct setting_error error = {0};

    if (settings_set(&settings, key, value, &error)) {
        struct settings again = settings;

        require(settings_set(&again, key, value, &error));
        require(memcmp(&again, &settings, sizeof settings) == 0);
    } else {
        require(memcmp(&settings, &settings_default, sizeof settings) == 0);
        require(error.why != NULL && error.word >= value);
        require(error.word + error.length <= value + strlen(value));
    }
    require(settings.keep.count <= KEEP_NUMBERS);
    require(settings.keep.stdio || key == KEY_KEEP || settings.is_service);
    settings_name_library(&settings, name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    char *name;

    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    name = text + strcspn(text, "\n");
    if (*name != '\0')
        *name++ = '\0';
    for (unsigned key = 0; key < SETTINGS_KEYS; key++)
        one((enum setting_key)key, text, name);
    free(text);
    return 0;
}
