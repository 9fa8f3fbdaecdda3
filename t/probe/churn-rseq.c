/* SPDX-License-Identifier: MIT
 *
 * "churn rseq" adds to a counter in restartable sequences, in two threads.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#if (defined __x86_64__ || defined __aarch64__) && defined __has_include
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#define HAS_RSEQ
#endif
#endif

#include "churn.h"

#ifdef HAS_RSEQ
static volatile long counter;
static atomic_long added;
static atomic_bool stop;

/* Loads the counter, takes its time, and stores it by the last instruction.  False if the
 * sequence was aborted. */
static bool add_in_sequence(struct rseq *rseq)
{
#ifdef __x86_64__
    __asm__ goto(".pushsection __rseq_cs, \"aw\"\n.balign 32\n"
                 "3: .long 0, 0\n.quad 1f, 2f - 1f, 4f\n.popsection\n"
                 "lea 3b(%%rip), %%rax\n"
                 "mov %%rax, %[sequence]\n"
                 "1: mov %[counter], %%rax\n"
                 "mov $2000, %%ecx\n"
                 "5: dec %%ecx\njnz 5b\n"
                 "inc %%rax\n"
                 "mov %%rax, %[counter]\n"
                 "2:\n"
                 ".pushsection .text.unlikely, \"ax\"\n.byte 0x0f, 0xb9, 0x3d\n"
                 ".long 0x53053053\n4: jmp %l[aborted]\n.popsection\n"
                 : /* asm goto with gcc 10 has no outputs */
                 : [sequence] "m"(rseq->rseq_cs), [counter] "m"(counter)
                 : "rax", "rcx", "memory", "cc"
                 : aborted);
#else
    __asm__ goto(".pushsection __rseq_cs, \"aw\"\n.balign 32\n"
                 "3: .long 0, 0\n.quad 1f, 2f - 1f, 4f\n.popsection\n"
                 "adrp x9, 3b\n"
                 "add x9, x9, :lo12:3b\n"
                 "str x9, %[sequence]\n"
                 "1: ldr x9, %[counter]\n"
                 "mov x10, #2000\n"
                 "5: subs x10, x10, #1\nb.ne 5b\n"
                 "add x9, x9, #1\n"
                 "str x9, %[counter]\n"
                 "2: b 6f\n"
                 ".inst 0xd428bc00\n4: b %l[aborted]\n6:\n"
                 :
                 : [sequence] "m"(rseq->rseq_cs), [counter] "m"(counter)
                 : "x9", "x10", "memory", "cc"
                 : aborted);
#endif
    return true;
aborted:
    return false;
}

static void *add_for_ever(void *is_first)
{
    struct rseq *rseq = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);

    for (unsigned i = 1; !atomic_load(&stop); i++) {
        if (add_in_sequence(rseq))
            atomic_fetch_add(&added, 1);
        if (is_first != NULL && i % 1024 == 0)
            atomic_store(&stop, is_over());
    }
    return NULL;
}

/* Neither thread waits: an attach has to take one of them. */
int churn_sequences(void)
{
    pthread_t other;
    cpu_set_t one;

    if (__rseq_size == 0)
        return 77;
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
    need(pthread_create(&other, NULL, add_for_ever, NULL) == 0, "pthread_create");
    add_for_ever(&other);
    pthread_join(other, NULL);
    if (counter == added)
        printf("ok %ld\n", counter);
    else
        printf("%ld lost\n", added - counter);
    return 0;
}
#else
int churn_sequences(void) { return 77; }
#endif
