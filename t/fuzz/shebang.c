/* SPDX-License-Identifier: MIT
 *
 * The parser of `#!` lines.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/shebang.h"
#include "fuzz.h"

static void require(bool what)
{
    if (!what)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script script;
    char name[SCRIPT_HEAD];
    char *head = malloc(size ? size : 1); /* its end is where the allocation ends */

    require(head != NULL);
    memcpy(head, data, size);
    memset(&script, 'x', sizeof script);
    if (script_parse(head, size, &script)) {
        require(memchr(script.interpreter, '\0', sizeof script.interpreter) != NULL);
        require(memchr(script.argument, '\0', sizeof script.argument) != NULL);
        require(script.interpreter[0] != '\0' && strpbrk(script.interpreter, " \t\n") == NULL);
        require(strchr(script.argument, '\n') == NULL);
        if (script_env_name(&script, name))
            require(name[0] != '\0' && name[0] != '-' && strlen(name) < sizeof name);
    }
    free(head);
    return 0;
}
