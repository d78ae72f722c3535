/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads of a lab, what they meet at, and what they are waiting for.  Checked,
 * as everything in lab.h; by anybody.
 */
#ifndef PCSTATS_THREADS_H
#define PCSTATS_THREADS_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

pthread_t thread_start(void *(*run)(void *arg), void *arg);
void thread_join(pthread_t thread);
/* Run @nr threads, the arguments being the numbers from 0, to their end. */
void threads_run(void *(*run)(void *number), int nr);

/* Zeroed memory that children share with their parent. */
void *shared_memory(size_t len);
/* A barrier for @nr threads, or processes if it lies in memory that they share. */
void barrier_init(pthread_barrier_t *barrier, int nr);

void sleep_ms(unsigned int ms);
/* What CLOCK_MONOTONIC will show then; for pthread_mutex_clocklock() and the like. */
struct timespec in_ms(unsigned int ms);

/*
 * Whether the thread @tid of @pid sleeps in futex(2), and at which address, as
 * /proc/PID/task/TID/syscall has it; a thread that has gone does not.
 */
bool in_futex(pid_t pid, pid_t tid, unsigned long *address);
/* Wait until it does, at @at unless that is NULL, for ten seconds at most. */
void until_in_futex(pid_t pid, pid_t tid, const void *at);

#endif /* PCSTATS_THREADS_H */
