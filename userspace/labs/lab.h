/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame of the labs.  A lab takes a claim of a course on processes and
 * threads, predicts what the kernel will show if it is true, does it, and looks.
 *
 *   reader    pcstats lab: reads /proc/pcstats, prints, judges
 *   subject   its child, in which the lab's run() is called
 *   ...       what the subject makes
 *
 * The subject asks the reader for rows of /proc/pcstats; so neither reading nor
 * printing happens in a task that is measured.  What it finds goes into a shared
 * mapping.  When run() has returned, or the subject is gone, the reader kills
 * what is left of its descendants.
 *
 * A claim has one part or more, and a part has rows: what is predicted, and
 * what was measured.  A row as predicted speaks for its part, or, if the lab
 * knows better than the claim, against it.  So the verdict on the claim comes
 * from what was measured alone; that it is the expected one is another question,
 * which the exit status answers.
 *
 * Everything called here is checked; what fails ends the lab with the reason.
 * All of it is for the subject's own process, by one thread at a time, unless it
 * says otherwise.  Times are in nanoseconds, memory is in base pages.
 */
#ifndef PCSTATS_LAB_H
#define PCSTATS_LAB_H

#include <math.h>
#include <stdbool.h>
#include <sys/types.h>

#include "../reader.h"
#include "../workloads/setting.h"
#include "../workloads/subject.h"

/* A way to take away what a lab stands on; an array ends with a NULL name. */
struct sabotage {
	const char *name;		/* of --break NAME */
	const char *help;
};

struct lab {
	const char *name;
	const char *claim;		/* one line, as a course has it */
	const char *prediction;		/* a few sentences: what will be seen, and why */
	const struct setting *settings;	/* NULL: none */
	const struct sabotage *sabotages;	/* at least one */
	/* It judges times, so it should have the machine for itself. */
	bool timed;
	/*
	 * Runs in the subject: huge pages are off, all memory is settled, SIGINT and
	 * the like are at their defaults, stdin is /dev/null, on all CPUs (see pin()).
	 */
	void (*run)(void);
	/* Where to read on, a line each: functions of the kernel, manual pages. */
	const char *const *next;	/* ends with NULL */
};

/* In the order in which they are taught. */
extern const struct lab *const all_labs[];
extern const size_t nr_all_labs;

/* Whether the user wants this lab broken in the way called @name. */
bool broken(const char *name);

/* ---- what is predicted: before it is done ----------------------------------- */

/* The part of the claim that the rows predicted next are about. */
void part(const char *format, ...) __printf(1, 2);

/*
 * A row of the table, of what is measured; @unit may be "".  expect() is exact:
 * a tally.  expect_between() is for what differs from machine to machine: from
 * @low to @high, which may be INFINITY.  Returns the row's number.
 */
int expect(unsigned long long n, const char *unit, const char *what, ...)
	__printf(3, 4);
int expect_between(double low, double high, const char *unit,
		   const char *what, ...) __printf(4, 5);
/* If @row comes out as predicted, its part of the claim is not true. */
void against(int row);

/* ---- what was measured ------------------------------------------------------ */

void measured(int row, double value);
/*
 * The same of what comes from times.  If it is not what was predicted, and others
 * have had much of the CPUs' time when the lab began or ended, it is not judged.
 */
void measured_time(int row, double value);
/* This row cannot be judged here, and why; neither can its part. */
void unjudged(int row, const char *format, ...) __printf(2, 3);
/* Nothing can: ends the lab.  By any task of it. */
_Noreturn void skip(const char *format, ...) __printf(1, 2);

/*
 * How long the same work took, round by round.  Two kinds of work whose ratio is
 * measured take turns, so that a slow moment meets both.
 */
#define MAX_ROUNDS	64

struct rounds {
	int nr;
	double ns[MAX_ROUNDS];
};

double now_ns(void);				/* CLOCK_MONOTONIC; by anybody */
void add_round(struct rounds *rounds, double ns);
/* The middle one. */
double median(const struct rounds *rounds);
/*
 * The median of the ratios @over / @under, round by round.  If the middle half of
 * these lies on both sides of a predicted bound the row is not judged: too noisy.
 */
void measured_ratio(int row, const struct rounds *over,
		    const struct rounds *under);

/* ---- telling --------------------------------------------------------------- */

/* What is being done now, a line. */
void doing(const char *format, ...) __printf(1, 2);
/* How far this has come, 0 to 1; by anybody. */
void progress(double part_done);

/*
 * Numbers for a picture: a series has named columns, and rows of a label and a
 * value for each of them.  Returns its number.
 */
int series(const char *name, const char *const *columns, int nr_columns);
void series_row(int series, const char *label, const double *values);

/* ---- asking the reader ------------------------------------------------------ */

/* The row of a task: the live one, or else that of the one that left last. */
struct pcstats_task task_row(pid_t pid);
/* The live row, if there is one; for who may have gone. */
bool find_live(pid_t pid, struct pcstats_task *task);
/* A tally of it; of all threads of a process together, exited ones too. */
unsigned long long tally(pid_t pid, enum pcstats_tally what);
unsigned long long process_tally(pid_t tgid, enum pcstats_tally what);
/* Of the subject and all its descendants together, gone ones too, since it began. */
unsigned long long job_tally(enum pcstats_tally what);
struct pcstats_job job_row(void);
/* An address space; the id is task_row().mm. */
struct pcstats_mm mm_row(unsigned long long id);
/* The last fork that @pid took part in; false: in none. */
bool find_fork(pid_t pid, struct pcstats_fork *fork);
/* Kilobytes of @field ("Anonymous", "Rss", "Pss") in /proc/PID/smaps_rollup. */
unsigned long long memory_kb(pid_t pid, const char *field);

#endif /* PCSTATS_LAB_H */
