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
    struct shebang shebang;
    char name[SHEBANG_SIZE];
    char *head = malloc(size ? size : 1); /* its end is where the allocation ends */

    require(head != NULL);
    memcpy(head, data, size);
    memset(&shebang, 'x', sizeof shebang);
    if (shebang_parse(head, size, &shebang)) {
        require(memchr(shebang.interpreter, '\0', sizeof shebang.interpreter) != NULL);
        require(memchr(shebang.argument, '\0', sizeof shebang.argument) != NULL);
        require(shebang.interpreter[0] != '\0' && strpbrk(shebang.interpreter, " \t\n") == NULL);
        require(strchr(shebang.argument, '\n') == NULL);
        if (shebang_env_name(&shebang, name))
            require(name[0] != '\0' && name[0] != '-' && strlen(name) < sizeof name);
    }
    free(head);
    return 0;
}
