/* SPDX-License-Identifier: MIT
 *
 * Redis: values that are written and read back, alone, in a pipeline and in a
 * transaction.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "talk.h"

enum { TOGETHER = 16, LONGEST = 40000, ROOM = TOGETHER * (LONGEST + 200) };

/* What is to be sent and what must come. */
struct text {
    char data[ROOM];
    size_t size;
};
static struct text commands, answers;
static char value[LONGEST];

static __attribute__((format(printf, 2, 3))) void add(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text->size +=
        (size_t)vsnprintf(text->data + text->size, ROOM - text->size, format, arguments);
    va_end(arguments);
}

static void add_value(struct text *text, size_t size)
{
    add(text, "$%zu\r\n", size);
    memcpy(text->data + text->size, value, size);
    text->size += size;
    add(text, "\r\n");
}

/* Mostly short ones. */
static size_t new_value(uint64_t *random)
{
    size_t size = (size_t)random_below(random, random_below(random, 8) == 0 ? LONGEST : 400);
    uint64_t start = random_below(random, 1000000007);

    for (size_t i = 0; i < size; i++)
        value[i] = (char)(start + i * 131 + i / 251);
    return size;
}

static void set(size_t size, int number, int key, const char *answer)
{
    char name[32];

    snprintf(name, sizeof name, "living-%d-%d", number, key);
    add(&commands, "*3\r\n$3\r\nSET\r\n$%zu\r\n%s\r\n", strlen(name), name);
    add_value(&commands, size);
    add(&answers, "+%s\r\n", answer);
}

static void get(int number, int key)
{
    add(&commands, "GET living-%d-%d\r\n", number, key);
}

static int pipelined(uint64_t *random, int number)
{
    int count = 1 + (int)random_below(random, TOGETHER / 2);

    for (int key = 0; key < count; key++) {
        size_t size = new_value(random);

        set(size, number, key, "OK");
        get(number, key);
        add_value(&answers, size);
    }
    return 2 * count;
}

static int transaction(uint64_t *random, int number)
{
    size_t size = new_value(random);
    unsigned count = (unsigned)random_below(random, 1000000);

    add(&commands, "MULTI\r\n");
    add(&answers, "+OK\r\n");
    set(size, number, 99, "QUEUED");
    add(&commands, "SET living-%d-count %u\r\nINCR living-%d-count\r\n", number, count, number);
    get(number, 99);
    add(&commands, "EXEC\r\n");
    add(&answers, "+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*4\r\n+OK\r\n+OK\r\n:%u\r\n", count + 1);
    add_value(&answers, size);
    return 6;
}

int redis_talk(struct peer *peer, uint64_t *random, int number)
{
    int count;

    commands.size = answers.size = 0;
    count = random_below(random, 4) == 0 ? transaction(random, number)
                                         : pipelined(random, number);
    if (!peer_send(peer, commands.data, commands.size) ||
        !peer_expect(peer, answers.data, answers.size, "redis"))
        return -1;
    return count;
}
