/* SPDX-License-Identifier: MIT
 *
 * The second thread.  A signal that it gets while it waits has been handled when it has
 * done the next job.
 */
#include "second-thread.h"

#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

#include "fd-slots.h"

static bool is_there;
static sem_t wanted, done;
static void (*job)(void *);
static void *argument;
static __thread unsigned self;
static pthread_t thread;
static bool ends;

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0) {
    }
}

static void *serve(void *start)
{
    self = 1;
    (*(void (**)(void))start)();
    for (;;) {
        sem_post(&done);
        wait_for(&wanted);
        if (ends)
            return NULL;
        job(argument);
    }
}

void second_thread_begin(void (*start)(void))
{
    is_there = true;
    ends = false;
    sem_init(&wanted, 0, 0);
    sem_init(&done, 0, 0);
    if (pthread_create(&thread, NULL, serve, &start) != 0)
        fd_slot_die("pthread_create");
    wait_for(&done);
}

void second_thread_end(void)
{
    ends = true;
    sem_post(&wanted);
    pthread_join(thread, NULL);
    is_there = false;
}

void second_thread_forget(void) { is_there = false; }

bool second_thread_is_there(void) { return is_there; }

void second_thread_run(void (*to_do)(void *), void *with)
{
    job = to_do;
    argument = with;
    sem_post(&wanted);
    wait_for(&done);
}

unsigned second_thread_self(void) { return self; }
