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

static void one(enum policy_key key, const char *value, const char *name)
{
    struct policy policy = policy_default;
    struct policy_error error = {0};

    if (policy_set(&policy, key, value, &error)) {
        struct policy again = policy;

        require(policy_set(&again, key, value, &error));
        require(memcmp(&again, &policy, sizeof policy) == 0);
    } else {
        require(memcmp(&policy, &policy_default, sizeof policy) == 0);
        require(error.why != NULL && error.word >= value);
        require(error.word + error.length <= value + strlen(value));
    }
    require(policy.keep.count <= KEEP_NUMBERS);
    require(policy.keep.stdio || key == KEY_KEEP);
    policy_names_library(&policy, name);
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
    for (unsigned key = 0; key < POLICY_KEYS; key++)
        one((enum policy_key)key, text, name);
    free(text);
    return 0;
}
