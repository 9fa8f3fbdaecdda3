/* SPDX-License-Identifier: MIT
 *
 * replay FILE...: the fuzzer's stand-in where there is no libFuzzer.  Each file as it
 * is, cut off at every length, and with every byte of its head and of its tail, where
 * the headers of ELF are, set to 00, 7f and ff.  Prints how many inputs that made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { LARGEST = 32768, HEAD = 1024, TAIL = 4096 };

static unsigned long inputs;

/* In an allocation of its own, for the sanitizers to see the end. */
static void input(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    if (copy == NULL)
        exit(90);
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    inputs++;
}

static void replay(uint8_t *data, size_t size)
{
    static const uint8_t values[] = {0x00, 0x7f, 0xff};

    for (size_t length = 0; length <= size; length++)
        input(data, length);
    for (size_t at = 0; at < size; at++) {
        uint8_t kept = data[at];

        if (at >= HEAD && at + TAIL < size)
            continue;
        for (size_t i = 0; i < sizeof values; i++) {
            data[at] = values[i];
            input(data, size);
        }
        data[at] = kept;
    }
}

int main(int argc, char **argv)
{
    static uint8_t data[LARGEST];

    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");

        if (file == NULL) {
            perror(argv[i]);
            return 91;
        }
        replay(data, fread(data, 1, sizeof data, file));
        fclose(file);
    }
    printf("%lu inputs\n", inputs);
    return 0;
}
