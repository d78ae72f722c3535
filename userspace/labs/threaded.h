/* SPDX-License-Identifier: GPL-2.0-only */
/* A child with threads, and what their rows say when it has ended. */
#ifndef PCSTATS_THREADED_H
#define PCSTATS_THREADED_H

#include <sys/types.h>

#include "../workloads/subject.h"

#define MAX_THREADS	32

struct threaded {
	struct child child;
	unsigned long nr;
	/* Of the first thread, which only waits, and of the @nr others. */
	pid_t tids[1 + MAX_THREADS];
};

/*
 * Fork a child with @nr threads besides its first; all of them exist when it
 * returns.  Each of the @nr calls @thread with its number, from 1, and ends when
 * that returns.  The first calls @told whenever the subject tells it something,
 * and exits with 0, and with it the whole process, when the subject closes the
 * line.  The process leaves no core file.
 */
struct threaded fork_threaded(unsigned long nr, void (*thread)(unsigned long i),
			      void (*told)(void));
/* In it, by any thread and its signal handlers: its number, and its line. */
unsigned long own_number(void);
const struct child *own_line(void);
/* Close the line, and wait until the process has ended. */
void finish_threaded(const struct threaded *threaded);
/* How many of its threads, the first too, @signal has ended, when it has ended. */
unsigned long ended_by(const struct threaded *threaded, int signal);

/* No core file from the caller and what it makes, however they end. */
void no_core(void);

#endif /* PCSTATS_THREADED_H */
