/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same work by several threads or processes at once, for labs about processors.
 *
 * Two things are looked at.  How long it took depends on what else the machine, and
 * the host of a virtual one, has to do.  How many processors computed at the same time,
 * that is processor time over time, hardly does.
 */
#ifndef PCSTATS_PARALLEL_H
#define PCSTATS_PARALLEL_H

#include "lab.h"

#define MAX_WORKERS	16

enum workers {
	ONE_BY_ONE,			/* none: the caller does it all */
	THREADS,
	PROCESSES,
};

/* From when the first of them began to when the last was done; nanoseconds. */
struct effort {
	double time;
	double processor;		/* in which they computed, all together */
	unsigned long switches;		/* voluntary ones */
};

/* All @nr of them are there before one begins.  @work is given a worker's number. */
struct effort do_work(enum workers workers, unsigned long nr,
		      void (*work)(unsigned long worker));

/*
 * What a worker does between these counts as computing, by the clock of its thread.
 * It counts as long as the lock is held, if there is one: so with it there is never
 * more computing than time.
 */
void begin_computing(void);
void end_computing(void);

/* Work that is nothing but computing: no memory, no system call. */
void compute(unsigned long steps);
/* How many steps of @work take that long; on a quiet processor. */
unsigned long steps_in(double ns, void (*work)(unsigned long steps));

/*
 * Where others use the processors, too, or two of them are one core, each step takes
 * longer: then @row, a ratio of times, cannot be judged.  @processor: of each round,
 * whose work is @ns on a quiet processor.  False: it can.
 */
bool crowded(int row, const struct rounds *processor, double ns);

/* Processors that the caller may use; that are there for them, in the host too. */
unsigned long own_cpus(void);
unsigned long real_cpus(void);

#endif /* PCSTATS_PARALLEL_H */
