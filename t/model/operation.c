/* SPDX-License-Identifier: MIT
 *
 * Sequences out of seeds.
 */
#include "operation.h"

#include <limits.h>

static const struct {
    const char *name;
    unsigned weight;
} kinds[OP_COUNT] = {
#define X(name, weight) {#name, weight},
    OPERATIONS(X)
#undef X
};

/* Nothing, little, what an eventfd takes, what a pipe takes at once and a bit more, more
 * than any buffer. */
static const uint32_t lengths[] = {
    0,     0,     1,     1,       2, 7, 8, 100, 1000, PIPE_BUF - 1, PIPE_BUF, PIPE_BUF + 1,
    10000, 65536, 70000, 1 << 20,
};

/* One sequence in so many has two threads now and then. */
enum { SECOND = 4 };

static enum code choose(struct random *r)
{
    unsigned sum = 0, at;

    for (unsigned i = 0; i < OP_COUNT; i++)
        sum += kinds[i].weight;
    at = random_below(r, sum);
    for (unsigned i = 0;; i++) {
        if (at < kinds[i].weight)
            return (enum code)i;
        at -= kinds[i].weight;
    }
}

/* What shows most in each other's company: a third of the sequences has more of one row. */
static const enum code company[][3] = {
    {OP_IGNORING, OP_TAKING, OP_HOLDING},
    {OP_STAGE, OP_PEER_CLOSE, OP_WRITE},
    {OP_THREAD, OP_ENTER, OP_LEAVE}, /* without a second thread: writes in scopes */
    {OP_TAKING, OP_HOLDING, OP_SIGACTION},
};

enum { ROWS = sizeof company / sizeof *company, ROWS_TO_CHOOSE = 3 * ROWS };

void operation_generate(struct op *ops, unsigned count, uint64_t seed)
{
    struct random r = {random_mix(seed + 1)};
    /* Few slots make long stories of one descriptor. */
    unsigned slots = 1 + random_below(&r, SLOTS);
    unsigned first = random_below(&r, SLOTS);
    /* Dying early hides what would come later. */
    unsigned signals = random_below(&r, 3);
    bool has_second = random_one_in(&r, SECOND);
    unsigned row = random_below(&r, ROWS_TO_CHOOSE);

    for (unsigned i = 0; i < count; i++) {
        struct op *op = &ops[i];

        *op = (struct op){.code = i < slots ? OP_NEW : (uint8_t)choose(&r)};
        if (row < ROWS && i >= slots && random_one_in(&r, 3))
            op->code = (uint8_t)company[row][random_below(&r, 3)];
        if (!has_second && op->code == OP_THREAD)
            op->code = OP_WRITE;
        if (signals == 0 && op->code >= OP_RAISE && op->code <= OP_KILL_OUTSIDE)
            op->code = OP_WRITE;
        op->slot = (uint8_t)((first + random_below(&r, slots)) % SLOTS);
        op->other = (uint8_t)((first + random_below(&r, slots)) % SLOTS);
        if (i < slots)
            op->slot = (uint8_t)((first + i) % SLOTS);
        op->second = has_second && op->code < OP_THREAD && random_one_in(&r, 2);
        op->plainly = (uint8_t)random_below(&r, 2);
        op->len = lengths[random_below(&r, sizeof lengths / sizeof *lengths)];
        op->a = random_below(&r, UINT32_MAX);
        op->b = random_below(&r, UINT32_MAX);
    }
}

void operation_print(FILE *to, const struct op *op)
{
    fprintf(to, "%s slot %u other %u%s%s len %u a %#x b %#x\n", kinds[op->code].name,
            op->slot, op->other, op->second ? " second" : "",
            op->plainly ? " plainly" : "", op->len, op->a, op->b);
}
