/* SPDX-License-Identifier: GPL-2.0-only */
/* Some threads, or some processes, that do the same at the same time. */
#ifndef PCSTATS_LABS_CREW_H
#define PCSTATS_LABS_CREW_H

enum crew { THREADS, PROCESSES, NR_CREWS };

#define MAX_CREW	16

/*
 * @nr tasks, numbered from 0: @prepare by each, if it is not NULL; when all have,
 * @work by each.  Returns the time between the two, when all tasks are gone.
 */
double run_crew(enum crew crew, unsigned long nr, void (*prepare)(void),
		void (*work)(unsigned long number));

#endif /* PCSTATS_LABS_CREW_H */
