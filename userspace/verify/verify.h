/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to verify: see verify.c. */
#ifndef PCSTATS_VERIFY_H
#define PCSTATS_VERIFY_H

#include "../reader.h"
#include "file.h"

/* ---- the machine at rest (moment.c) ---------------------------------------- */

/* One in which nothing happened: both sides are of the same time. */
struct moment {
	struct kernel_totals {
		unsigned long long pgreuse, cow_ksm, processes;
		unsigned long long tasks;	/* that there are */
	} kernel;
	struct pcstats_snapshot ours;
};

/* Until the machine has come to rest, in pauses. */
#define PATIENCE 300

void pause_tenth(void);		/* of a second */
void take(struct moment *moment);

/* ---- witnesses: kprobes of the kernel's own (probes.c) -------------------- */

/*
 * What they saw, none of it where pcstats looks: x(name).
 *
 *   tried           attempts that wpcopy_count knows, over base pages
 *   tried_hugetlb   the same over pages of hugetlbfs
 *   timed           attempts of both kinds that took some time by the clock
 *   placed          pages that an attempt of the first kind put in place
 *   placed_hugetlb  pages that one of the second kind put in place
 *   placed_unmapped  pages copied from a file that had not been mapped
 *   placed_fork     pages copied by fork
 *   placed_uprobe   pages copied for a breakpoint
 *   not_needed      pages filled by an attempt and freed unused
 *   retried         attempts given up until the caller has the mmap lock
 */
#define WITNESSES(x)							\
	x(tried) x(tried_hugetlb) x(timed)				\
	x(placed) x(placed_hugetlb) x(placed_unmapped)			\
	x(placed_fork) x(placed_uprobe) x(not_needed) x(retried)

enum witness {
#define x(name) WITNESS_##name,
	WITNESSES(x)
#undef x
	NR_WITNESSES
};

/* ---- all that is known of a task --------------------------------------------- */

/*
 * Tasks are told by their pid.  What one pid stood for at different times is
 * added up, on all sides alike.
 */
struct task {
	unsigned int records;		/* the kernel's, made at its exit */
	unsigned long long wpcopy, faults;	/* from these */
	unsigned long long witness[NR_WITNESSES];
	unsigned int rows;		/* pcstats' */
	long long tally[PCSTATS_NR_TALLIES];
	bool older;			/* than the comparison */
};

#define MAX_PID 32768

extern struct task tasks[MAX_PID + 1];
struct task *task_of(unsigned long pid);

/* From now on count. */
void probes_begin(void);
/* From zero again. */
void probes_clear(void);
/* WITNESS_timed is there: the kernel lets its code be read. */
bool probes_can_time(void);
/* Into tasks[]; dies if anything was missed. */
void probes_end(void);

/* How far behind the beginning of @function it calls @callee (code.c). */
unsigned int call_offset(const char *function, const char *callee);

/* ---- taskstats: a record for each task that exits (exits.c) --------------- */

void exits_begin(void);
/* What has come, into tasks[]. */
void exits_collect(void);

/* ---- a reader that never stops (watch.c) ---------------------------------- */

/* How often it has read the whole file. */
extern unsigned long *watch_readings;
/* Begins; ends with SIGTERM, or by itself when it has found something wrong. */
pid_t watch_begin(void);

/* ---- the module's own memory (slab.c) -------------------------------------- */

/* Compares what it has with what it needs for @nr_tasks, no history and no job. */
void slab_compare(unsigned long long nr_tasks);

/* ---- a program whose numbers are known (scripted.c) ----------------------- */

/* Compares and prints them. */
void scripted(void);

/* ---- the comparison (lines.c, table.c) ------------------------------------- */

/*
 * One line of the table, which passes if nothing is unexplained.  What is
 * compared again is added to its line, @unexplained without its sign.
 */
void compare(const char *what, long long kernel, long long ours,
	     long long unexplained);
/* The same for two numbers that must be the same. */
void compare_equal(const char *what, long long kernel, long long ours);
/* Below it, what explains a difference, and how often. */
void compare_rule(const char *what, long long count);
/* Once more, from before the first round to the end of the last. */
void compare_drift(const struct moment *begin, const struct moment *end);
/* All that tasks[] and the rows and totals say; @diff is that of the two moments. */
void compare_all(const struct moment *begin, const struct moment *end,
		 const struct pcstats_diff *diff);
/* Prints the table and its sum; true if all was explained. */
bool compare_end(void);

#endif /* PCSTATS_VERIFY_H */
