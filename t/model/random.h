/* SPDX-License-Identifier: MIT
 *
 * A generator of random numbers that gives the same on every machine (splitmix64).
 */
#ifndef MODEL_RANDOM_H
#define MODEL_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27) * 0x94d049bb133111ebU;
    return x ^ x >> 31;
}

static inline uint32_t random_below(struct random *r, uint32_t time_limit)
{
    r->state += 0x9e3779b97f4a7c15U;
    return (uint32_t)((random_mix(r->state) >> 32) * time_limit >> 32);
}

static inline bool random_one_in(struct random *r, uint32_t n)
{
    return random_below(r, n) == 0;
}

#endif
