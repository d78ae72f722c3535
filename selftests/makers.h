/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A storm: processes that make others in all ways as fast as they can, and
 * count themselves what they make.  They are in one job, so that a case can do
 * what it likes to the machine meanwhile, reset included, and hold what pcstats
 * counted against what was done, exactly.
 */
#ifndef PCSTATS_MAKERS_H
#define PCSTATS_MAKERS_H

#include <sys/types.h>

/* Kinds of makers. */
#define MAKE_CALLS	0x1	/* by fork, vfork, pthread_create, CLONE_VM */
#define MAKE_EXECS	0x2	/* that execve in a thread beside the leader */
#define MAKE_NAMESPACES	0x4	/* in PID namespaces, which end with all in them */
#define MAKE_TRACED	0x8	/* held by ptrace at each fork, exec and exit */
#define MAKE_ALL	0xf
/* The module may come and go: there is no job, and makers_miscounted() nothing. */
#define MAKE_WITHOUT_JOB 0x10

/*
 * How often a case is to do what it does: PCSTATS_ROUNDS in the environment, or
 * @few.
 */
int rounds(int few);

/*
 * Start one process for each of @kinds, each on a CPU of its own, round and
 * round.  What follows is of these; there is one storm at a time.
 */
void makers_start(int kinds);

/* One of them; of all, counted round. */
pid_t makers_pid(int i);

/* Return when each of them has made something since the call. */
void makers_wait(void);

/* Let them end; returns when all they made is gone from the process table. */
void makers_stop(void);

/*
 * After makers_stop(): what the job has counted against what was made, in words
 * where they differ, else "".
 */
const char *makers_miscounted(void);

/* Creations that the kernel refused (EAGAIN), in a storm where that may be. */
unsigned long makers_refused(void);

/* All that was made, the makers as well. */
unsigned long makers_made(void);

/*
 * When all is quiet: does the task table have just the tasks that the kernel
 * has, and the mm table theirs?  "", or what is wrong, in words.
 */
const char *tasks_differ(void);

/*
 * Creations since boot as the kernel counts them, less those in the totals: the
 * same number whenever all is quiet, but for a reset.
 */
long long births_unseen(void);

/* The parameter, and the most that it can be. */
void set_history(unsigned int size);
#define HISTORY_MAX 16384

/*
 * From now on each task that dies keeps its row, up to HISTORY_MAX of them, and
 * each tally is the sum of the rows.  totals_differ() says where it is not.
 */
void books_open(void);
const char *totals_differ(void);

#endif /* PCSTATS_MAKERS_H */
